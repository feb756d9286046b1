#!/usr/bin/env python3
"""Writes aws_calls.def from the service models of botocore: `python3 generate_aws_calls.py > aws_calls.def`.

A line is one describe, list or get call of the AWS CLI: where the resources stand in its reply, what they are called there, and by which
parameter of the request the reply is tied to a resource when it does not say itself.
"""
import gzip, json, os, re
import botocore
from botocore import xform_name

# Of a key that several services use, the first of these has it.
SERVICES = """ec2 s3 iam rds lambda elbv2 kms cloudtrail ecs eks ecr dynamodb sns sqs secretsmanager redshift cloudfront route53 athena glue efs
elasticache opensearch es logs cloudwatch events apigateway apigatewayv2 acm autoscaling elb guardduty securityhub accessanalyzer kafka kinesis firehose
emr ssm sagemaker backup config organizations cloudformation codebuild wafv2 waf inspector2 macie2 network-firewall cognito-idp stepfunctions
elasticbeanstalk dms  fsx mq  dax memorydb datasync transfer workspaces s3control sts account appsync batch
ecr-public sso-admin identitystore glacier route53domains servicecatalog codepipeline resourcegroupstaggingapi amplify apprunner
application-autoscaling""".split()
GLOBAL = {"s3", "iam", "cloudfront", "route53", "organizations", "sts", "account", "route53domains", "waf"}
# Services whose resources are known by names rather than by ids.
NAMED = {"iam", "s3", "eks", "ecs", "dynamodb", "elb", "es", "opensearch"}
# Lists within the elements of a list, which are the resources.
NESTED = {("ec2", "describe-instances"): ("Reservations", "Instances")}
# Calls that read and are named otherwise.
OTHER_CALLS = {("inspector2", "BatchGetAccountStatus")}
TOKENS = re.compile(r"(?i)(token|marker|position)$")


def load(service):
    root = os.path.join(os.path.dirname(botocore.__file__), "data", service)
    path = os.path.join(root, sorted(os.listdir(root))[-1], "service-2.json")
    with (gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path)) as file:
        return json.load(file)


def singular(key):
    key = re.sub(r"(Description|Detail|Info|Summary|Summarie|Metadata)(s|List)?$", "s", key)
    for ending, other in (("ies", "y"), ("sses", "ss"), ("List", ""), ("s", "")):
        if key.endswith(ending):
            return key[: -len(ending)] + other
    return key


def id_member(members, key, by_name):
    one = singular(key)
    last = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", one)[-1:] or [one]
    lower = {m.lower(): m for m in members}
    for stem in (one, last[0]):
        for ending in ("Name", "Arn", "Id") if by_name else ("Id", "Identifier", "Name", "Arn"):
            if (stem + ending).lower() in lower:
                return lower[(stem + ending).lower()]
    for name in ("name", "arn", "id") if by_name else ("id", "name", "arn"):
        if name in lower:
            return lower[name]
    for ending in ("Id", "Identifier", "Name", "ARN", "Arn"):
        for member in members:
            if member.endswith(ending):
                return member
    return ""


def own_parameter(members, parameter):
    return next((m for m in members if m.lower() in (parameter.lower(), parameter.lower() + "name")), "") if parameter else ""


def calls():
    for rank, service in enumerate(SERVICES):
        model = load(service)
        shapes = model["shapes"]
        for operation, spec in sorted(model["operations"].items()):
            reads = re.match(r"(Describe|List|Get)", operation) or (service, operation) in OTHER_CALLS
            if not reads or "output" not in spec or spec.get("deprecated"):
                continue
            call = xform_name(operation, "-")
            members = shapes[spec["output"]["shape"]]["members"]
            shape_of = {name: shapes[member["shape"]] for name, member in members.items()}
            required = shapes[spec["input"]["shape"]].get("required", []) if "input" in spec else []
            inputs = shapes[spec["input"]["shape"]]["members"] if "input" in spec else {}
            required = [name for name in required if shapes[inputs[name]["shape"]]["type"] == "string"]
            parameter = required[0] if required else ""
            if len(required) > 1 and required[0] in ("AccountId", "DetectorId", "InstanceArn", "CatalogId", "RegistryId"):
                parameter = required[1]
            found = []
            for name, shape in shape_of.items():
                if shape["type"] != "list" or TOKENS.search(name) or name.lower() in ("tags", "taglist", "failures", "errors", "warnings", "unprocessed"):
                    continue
                element = shapes[shape["member"]["shape"]]
                if element["type"] == "structure":
                    found.append((name, "kList", id_member(element["members"], name, service in NAMED), element["members"], shape["member"]["shape"]))
                elif element["type"] == "string" and len(shape_of) <= 3:
                    found.append((name, "kList", "", {}, ""))
            if service == "cloudfront" and operation.startswith("List"):
                for outer, shape in shape_of.items():
                    if shape["type"] == "structure" and "Items" in shape["members"]:
                        element = shapes[shapes[shape["members"]["Items"]["shape"]]["member"]["shape"]]
                        found = [(outer + "/Items", "kList", id_member(element.get("members", {}), "Items", False), element.get("members", {}), "")]
            if (service, call) in NESTED:
                outer, inner = NESTED[service, call]
                element = shapes[shapes[shapes[shape_of[outer]["member"]["shape"]]["members"][inner]["shape"]]["member"]["shape"]]
                found = [(outer + "/" + inner, "kList", "InstanceId", element["members"], inner)]
            if (service, call) == ("iam", "get-credential-report"):
                yield dict(service=service, call=call, key="Content", kind="kCredentialReport", id="user", parameter="", members={"Content"}, shape="iam.Report", rank=rank)
                continue
            if (service, call) == ("ecr", "describe-image-scan-findings"):
                yield dict(service=service, call=call, key="imageScanFindings", kind="kObject", id="", parameter="repositoryName", members=set(), shape="ecr.Findings", rank=rank)
                continue
            lists_are_resources = operation.startswith(("Describe", "List")) or service in ("apigateway", "apigatewayv2", "glue", "kafka", "ecr")
            named = [f for f in found if f[0].lower().split("/")[0].replace("list", "").replace("summaries", "s")[:4] in call.replace("-", "")]
            if not lists_are_resources and found and not named and f"{service} {call}" not in ("ec2 get-managed-prefix-list-entries", "iam get-account-authorization-details"):
                found = []
            elif found and not named and (parameter or len(found) > 1):
                found = found if f"{service} {call}" in ("ec2 get-managed-prefix-list-entries", "iam get-account-authorization-details", "apigateway get-stages") or "Items" in [f[0] for f in found] or "items" in [f[0] for f in found] else []
            elif named and f"{service} {call}" != "iam get-account-authorization-details":
                found = named[:1]
            if not found:
                for name, shape in shape_of.items():
                    if shape["type"] == "structure" and name != "ResponseMetadata":
                        inside = {m.lower() for m in shape["members"]}
                        own = not parameter or any(m.startswith(parameter.lower()) or m in ("name", "id", "arn") for m in inside)
                        if own:
                            found.append((name, "kObject", own_parameter(shape["members"], parameter) or id_member(shape["members"], name, service in NAMED), shape["members"], members[name]["shape"]))
                found = found[:1]
            if not found:
                output = [m for m in members if m not in ("ResponseMetadata", parameter) and not TOKENS.search(m)]
                found = [("", "kReply", "", {}, output[0] if output else "")]
            for key, kind, identifier, inner, shape in found:
                named = {
                    "list-buckets": "Name", "describe-security-groups": "GroupId", "get-routes": "RouteId",
                    "get-stages": "StageName" if service == "apigatewayv2" else "stageName",
                }
                if service in ("ecr", "ecr-public"):
                    named["describe-images"] = "imageDigest"
                identifier = named.get(call, identifier)
                yield dict(service=service, call=call, key=key, kind=kind, id=identifier, parameter=parameter, members=set(inner), shape=service + "." + shape, rank=rank)


def key_name(key):
    outer, _, inner = key.partition("/")
    return outer if inner == "Items" else inner or outer


def main():
    table = list(calls())
    by_key = {}
    for entry in table:
        if entry["key"]:
            by_key.setdefault(key_name(entry["key"]), []).append(entry)
    primary_calls = {"Snapshots": "describe-snapshots", "Vpcs": "describe-vpcs", "Users": "list-users", "Groups": "list-groups", "Roles": "list-roles",
                     "PrefixLists": "describe-managed-prefix-lists", "Volumes": "describe-volumes", "Instances": "describe-instances", "Policies": "list-policies",
                     "LoadBalancers": "describe-load-balancers", "Functions": "list-functions", "Clusters": "describe-clusters", "Keys": "list-keys", "Images": "describe-images",
                     "AccountSettings": "describe-account-settings", "Attributes": "describe-load-balancer-attributes", "Buckets": "list-buckets"}
    for key, entries in by_key.items():
        wanted = primary_calls.get(key)
        main_entry = next((e for e in entries if e["call"] == wanted), None)
        if main_entry is None:
            main_entry = min(entries, key=lambda e: (bool(e["parameter"]) and e["kind"] == "kList", e["rank"], not e["call"].startswith("describe"), len(e["call"])))
        for entry in entries:
            entry["primary"] = entry is main_entry or (entry["service"] == "iam" and key == "Policies") or (entry["shape"] == main_entry["shape"] and entry["members"])
        for entry in entries:
            others = set()
            for other in entries:
                if other["shape"] != entry["shape"]:
                    others |= {m.lower() for m in other["members"]}
            own = [m for m in sorted(entry["members"]) if m.lower() not in others]
            own.sort(key=lambda m: (m != entry["id"], not m.endswith(("Id", "Identifier", "Name", "Arn", "ARN", "Status", "State")), len(m)))
            entry["mark"] = own[0] if own and len({e["shape"] for e in entries}) > 1 else ""
    print("// The describe, list and get calls of the AWS CLI whose replies are read. Written by generate_aws_calls.py from botocore's service models.")
    print("//")
    print("// AWS_CALL(service, is_global, call, key, kind, is_primary, id, parameter, mark)")
    print("//   key        where the resources stand in the reply; `Outer/Inner`: a list in the elements of a list")
    print("//   kind       kList: the elements; kObject: the one object; kReply: the whole reply; kCredentialReport: the lines of a CSV text")
    print("//   is_primary of the calls with this key, the one that the key alone names")
    print("//   id         the member that names a resource; parameter: what the request names it by")
    print("//   mark       a member of the element that no other call with this key has; of a kReply, a member of the reply")
    for e in table:
        print('AWS_CALL("%s", %s, "%s", "%s", %s, %s, "%s", "%s", "%s")' % (
            e["service"], "true" if e["service"] in GLOBAL else "false", e["call"], e["key"], e["kind"], "true" if e.get("primary") else "false", e["id"], e["parameter"], e["shape"].split(".")[1] if e["kind"] == "kReply" else e.get("mark", "")))


main()
