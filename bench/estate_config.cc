// The estate as an AWS Config snapshot: one configuration item a resource, with the keys, the order and about the size
// that AWS delivers.
#include <algorithm>
#include <string>

#include "bench/estate.h"

namespace bylaw::bench {
namespace {

constexpr std::string_view kRegion = "eu-west-1";
constexpr int kSecurityGroups = 10, kInstances = 13, kInterfaces = 20, kFunctions = 12, kRoles = 12, kBuckets = 6,
              kLogGroups = 30, kAlarms = 8;
constexpr int kNetworkParts = 1 + 1 + 1 + kSubnetsPerUnit + 3 + 1;  // VPC, gateways, subnets, tables, access list
constexpr int kVolumes = static_cast<int>(kResourcesPerUnit) - kNetworkParts - kSecurityGroups - kInstances -
                         kInterfaces - kFunctions - kRoles - kBuckets - kLogGroups - kAlarms;

class ConfigWriter {
 public:
  ConfigWriter(const std::string& path, uint64_t num_resources, uint64_t seed)
      : out_(path), left_(num_resources), seed_(seed) {}

  bool Run(Answers& answers) {
    out_.Write(
        {R"({"fileVersion":"1.0","configSnapshotId":"5b0c2d6e-7f81-4a93-9c1d-2e3f4a5b6c7d","configurationItems":[)"});
    for (uint64_t number = 0; left_ >= kResourcesPerUnit; ++number) WriteUnit(MakeUnit(seed_, number), answers);
    unit_ = MakeUnit(seed_, ~uint64_t{0});
    account_ = "111122220000";
    for (uint64_t i = 0; left_ > 0; ++i) Volume(i);
    out_.Write({"]}\n"});
    std::sort(answers.begin(), answers.end());
    return out_.Close();
  }

 private:
  AwsId Id(std::string_view prefix, uint64_t number) const { return MakeId(prefix, unit_, number); }

  /// Everything of an item before its configuration; `relation` is the relationships' JSON without brackets.
  void Begin(std::string_view relation) {
    out_.Write({first_ ? "\n" : ",\n", R"({"relatedEvents":[],"relationships":[)", relation, R"(],"configuration":{)"});
    first_ = false;
  }
  /// Everything behind the configuration's last member. `arn` is the part behind the account.
  void End(std::string_view type, std::string_view id, std::string_view arn_service, std::string_view arn_tail,
           std::string_view tags = R"("Team":"platform")", std::string_view supplementary = "",
           std::string_view zone = "Not Applicable") {
    const std::string state = std::to_string(1763791200000ULL + left_);
    out_.Write({R"(},"supplementaryConfiguration":{)",
                supplementary,
                R"(},"tags":{)",
                tags,
                R"(},"configurationItemVersion":"1.3","configurationItemCaptureTime":"2026-11-22T06:11:42.118Z",)",
                R"("configurationStateId":)",
                state,
                R"(,"awsAccountId":")",
                account_,
                R"(","configurationItemStatus":"OK","resourceType":")",
                type,
                R"(","resourceId":")",
                id,
                R"(","ARN":"arn:aws:)",
                arn_service,
                ":",
                arn_service == "iam" || arn_service == "s3" ? "" : kRegion,
                ":",
                arn_service == "s3" ? std::string_view() : std::string_view(account_),
                ":",
                arn_tail,
                id,
                R"(","awsRegion":")",
                kRegion,
                R"(","availabilityZone":")",
                zone,
                R"("})"});
    --left_;
  }
  static std::string Related(std::string_view type, std::string_view id, std::string_view name) {
    std::string text = R"({"resourceType":")";
    return text.append(type)
        .append(R"(","resourceId":")")
        .append(id)
        .append(R"(","name":")")
        .append(name)
        .append("\"}");
  }

  void WriteUnit(const Unit& unit, Answers& answers) {
    unit_ = unit;
    account_ = std::to_string(111122220000ULL + unit.number / 40);
    vpc_ = Id("vpc-", 0);
    in_vpc_ = Related("AWS::EC2::VPC", vpc_, "Is contained in Vpc");
    cidr_prefix_ = "10." + std::to_string(unit.number % 256) + ".";
    Vpc();
    for (int i = 0; i < kSubnetsPerUnit; ++i) Subnet(i, answers);
    InternetGateway();
    if (unit.egress_only == EgressOnly::kNone) {
      Volume(kVolumes);
    } else {
      EgressOnlyGateway();
    }
    RouteTable(0, unit.public_table, {0, 1}, false);
    RouteTable(1, Routing::kTranslated, {2, 3}, false);
    RouteTable(2, unit.main_table, {}, true);
    NetworkAcl();
    for (int i = 0; i < kSecurityGroups; ++i) SecurityGroup(i);
    for (int i = 0; i < kInstances; ++i) Instance(i);
    for (int i = 0; i < kInterfaces; ++i) Interface(i);
    for (int i = 0; i < kVolumes; ++i) Volume(static_cast<uint64_t>(i));
    for (int i = 0; i < kRoles; ++i) Role(i);
    for (int i = 0; i < kFunctions; ++i) Function(i);
    for (int i = 0; i < kBuckets; ++i) Bucket(i);
    for (int i = 0; i < kLogGroups; ++i) LogGroup(i);
    for (int i = 0; i < kAlarms; ++i) Alarm(i);
  }

  void Vpc() {
    Begin("");
    out_.Write(
        {R"("cidrBlock":")", cidr_prefix_, R"(0.0/16","dhcpOptionsId":")", Id("dopt-", 0),
         R"(","state":"available","vpcId":")", vpc_, R"(","ownerId":")", account_,
         R"(","instanceTenancy":"default","ipv6CidrBlockAssociationSet":[],"cidrBlockAssociationSet":[{"associationId":")",
         Id("vpc-cidr-assoc-", 0), R"(","cidrBlock":")", cidr_prefix_,
         R"(0.0/16","cidrBlockState":{"state":"associated"}}],"isDefault":false,"tags":[{"key":"Team","value":"platform"}])"});
    End("AWS::EC2::VPC", vpc_, "ec2", "vpc/");
  }

  void Subnet(int i, Answers& answers) {
    const AwsId id = Id("subnet-", static_cast<uint64_t>(i));
    const std::string_view zone = i % 2 == 0 ? "eu-west-1a" : "eu-west-1b";
    Begin(in_vpc_);
    out_.Write(
        {R"("availabilityZone":")", zone,
         R"(","availabilityZoneId":"euw1-az1","availableIpAddressCount":251,"cidrBlock":")", cidr_prefix_,
         std::to_string(i * 16),
         R"(.0/20","defaultForAz":false,"mapPublicIpOnLaunch":false,"state":"available","subnetId":")", id,
         R"(","vpcId":")", vpc_, R"(","ownerId":")", account_,
         R"(","assignIpv6AddressOnCreation":false,"ipv6CidrBlockAssociationSet":[],"tags":[{"key":"Team","value":"platform"}],)",
         R"("subnetArn":"arn:aws:ec2:eu-west-1:)", account_, ":subnet/", id,
         R"(","enableDns64":false,"ipv6Native":false)"});
    End("AWS::EC2::Subnet", id, "ec2", "subnet/", R"("Team":"platform")", "", zone);
    if (unit_.fails(i)) answers.emplace_back(id.view());
  }

  void Gateway(std::string_view type, std::string_view key, const AwsId& id, std::string_view arn, bool attached) {
    Begin(attached ? std::string_view(in_vpc_) : std::string_view());
    out_.Write({R"("attachments":[{"state":")", attached ? "available" : "detached", R"(","vpcId":")", vpc_, R"("}],")",
                key, R"(":")", id, R"(","ownerId":")", account_, R"(","tags":[{"key":"Team","value":"platform"}])"});
    End(type, id, "ec2", arn);
  }
  void InternetGateway() {
    Gateway("AWS::EC2::InternetGateway", "internetGatewayId", Id("igw-", 0), "internet-gateway/", true);
  }
  void EgressOnlyGateway() {
    Gateway("AWS::EC2::EgressOnlyInternetGateway", "egressOnlyInternetGatewayId", Id("eigw-", 0),
            "egress-only-internet-gateway/", unit_.egress_only == EgressOnly::kAttached);
  }

  void Route(std::string_view destination_key, std::string_view destination, std::string_view target_key,
             std::string_view target, std::string_view state = "active") {
    out_.Write({R"(,{")", destination_key, R"(":")", destination, R"(",")", target_key, R"(":")", target,
                R"(","origin":"CreateRoute","state":")", state, R"("})"});
  }
  void RouteTable(uint64_t number, Routing routing, std::initializer_list<int> subnets, bool main) {
    const AwsId id = Id("rtb-", number);
    const AwsId gateway = Id("igw-", 0);
    Begin(in_vpc_);
    out_.Write({R"("associations":[)"});
    if (main) {
      out_.Write({R"({"main":true,"routeTableAssociationId":")", Id("rtbassoc-", 90), R"(","routeTableId":")", id,
                  R"(","associationState":{"state":"associated"}})"});
    }
    bool first = true;
    for (int subnet : subnets) {
      const auto n = static_cast<uint64_t>(subnet);
      out_.Write({first ? "" : ",", R"({"main":false,"routeTableAssociationId":")", Id("rtbassoc-", n),
                  R"(","routeTableId":")", id, R"(","subnetId":")", Id("subnet-", n),
                  R"(","associationState":{"state":"associated"}})"});
      first = false;
    }
    out_.Write({R"(],"propagatingVgws":[],"routeTableId":")", id, R"(","routes":[{"destinationCidrBlock":")",
                cidr_prefix_, R"(0.0/16","gatewayId":"local","origin":"CreateRouteTable","state":"active"})"});
    constexpr std::string_view kV4 = "destinationCidrBlock", kV6 = "destinationIpv6CidrBlock";
    switch (routing) {
      case Routing::kLocalOnly: break;
      case Routing::kDefault:
        Route(kV4, "10.0.0.0/8", "transitGatewayId", Id("tgw-", 0));
        Route(kV4, "0.0.0.0/0", "gatewayId", gateway);
        break;
      case Routing::kSplit:
        Route(kV4, "0.0.0.0/1", "gatewayId", gateway);
        Route(kV4, "128.0.0.0/1", "gatewayId", gateway);
        break;
      case Routing::kIpv6Only: Route(kV6, "::/0", "gatewayId", gateway); break;
      case Routing::kNarrow: Route(kV4, "8.8.8.0/24", "gatewayId", gateway); break;
      case Routing::kBlackhole: Route(kV4, "0.0.0.0/0", "gatewayId", Id("igw-", 1), "blackhole"); break;
      case Routing::kHub: Route(kV4, "0.0.0.0/0", "transitGatewayId", Id("tgw-", 0)); break;
      case Routing::kTranslated:
        Route(kV4, "0.0.0.0/0", "natGatewayId", Id("nat-", 0));
        if (unit_.egress_only == EgressOnly::kAttached)
          Route(kV6, "::/0", "egressOnlyInternetGatewayId", Id("eigw-", 0));
        break;
    }
    out_.Write({R"(],"tags":[{"key":"Team","value":"platform"}],"vpcId":")", vpc_, R"(","ownerId":")", account_, "\""});
    End("AWS::EC2::RouteTable", id, "ec2", "route-table/");
  }

  void NetworkAcl() {
    Begin(in_vpc_);
    out_.Write({R"("associations":[],"entries":[)",
                R"({"cidrBlock":"0.0.0.0/0","egress":true,"protocol":"-1","ruleAction":"allow","ruleNumber":100},)",
                R"({"cidrBlock":"0.0.0.0/0","egress":true,"protocol":"-1","ruleAction":"deny","ruleNumber":32767},)",
                R"({"cidrBlock":"10.0.0.0/8","egress":false,"protocol":"-1","ruleAction":"allow","ruleNumber":100},)",
                R"({"cidrBlock":"0.0.0.0/0","egress":false,"protocol":"-1","ruleAction":"deny","ruleNumber":32767}],)",
                R"("isDefault":true,"networkAclId":")", Id("acl-", 0), R"(","tags":[],"vpcId":")", vpc_,
                R"(","ownerId":")", account_, "\""});
    End("AWS::EC2::NetworkAcl", Id("acl-", 0), "ec2", "network-acl/");
  }

  void SecurityGroup(int i) {
    const AwsId id = Id("sg-", static_cast<uint64_t>(i));
    const std::string port = std::to_string(8000 + i);
    Begin(in_vpc_);
    out_.Write(
        {R"("description":"service )",
         port,
         R"(","groupName":"service-)",
         port,
         R"(","ipPermissions":[{"fromPort":)",
         port,
         R"(,"ipProtocol":"tcp","ipv6Ranges":[],"prefixListIds":[],"toPort":)",
         port,
         R"(,"userIdGroupPairs":[{"groupId":")",
         Id("sg-", static_cast<uint64_t>((i + 1) % kSecurityGroups)),
         R"(","userId":")",
         account_,
         R"("}],"ipv4Ranges":[{"cidrIp":"10.0.0.0/8"}],"ipRanges":["10.0.0.0/8"]}],"ownerId":")",
         account_,
         R"(","groupId":")",
         id,
         R"(","ipPermissionsEgress":[{"ipProtocol":"-1","ipv6Ranges":[],"prefixListIds":[],"userIdGroupPairs":[],)",
         R"("ipv4Ranges":[{"cidrIp":"0.0.0.0/0"}],"ipRanges":["0.0.0.0/0"]}],"tags":[],"vpcId":")",
         vpc_,
         "\""});
    End("AWS::EC2::SecurityGroup", id, "ec2", "security-group/");
  }

  void Instance(int i) {
    const auto n = static_cast<uint64_t>(i);
    const AwsId id = Id("i-", n), subnet = Id("subnet-", n % kSubnetsPerUnit), group = Id("sg-", n % kSecurityGroups);
    const std::string address = cidr_prefix_ + std::to_string(i % 6 * 16) + "." + std::to_string(10 + i);
    Begin(Related("AWS::EC2::Subnet", subnet, "Is contained in Subnet"));
    out_.Write(
        {R"("amiLaunchIndex":0,"imageId":")",
         Id("ami-", n % 4),
         R"(","instanceId":")",
         id,
         R"(","instanceType":"m7g.large","launchTime":"2026-10-02T11:30:00.000Z","monitoring":{"state":"disabled"},)",
         R"("placement":{"availabilityZone":"eu-west-1a","groupName":"","tenancy":"default"},"privateDnsName":"ip-)",
         address,
         R"(.eu-west-1.compute.internal","privateIpAddress":")",
         address,
         R"(","productCodes":[],"publicDnsName":"","state":{"code":16,"name":"running"},"stateTransitionReason":"","subnetId":")",
         subnet,
         R"(","vpcId":")",
         vpc_,
         R"(","architecture":"arm64","blockDeviceMappings":[{"deviceName":"/dev/xvda","ebs":{"attachTime":"2026-10-02T11:30:01.000Z",)",
         R"("deleteOnTermination":true,"status":"attached","volumeId":")",
         Id("vol-", n),
         R"("}}],"ebsOptimized":true,"enaSupport":true,"hypervisor":"xen","networkInterfaces":[{"networkInterfaceId":")",
         Id("eni-", n),
         R"(","groups":[{"groupId":")",
         group,
         R"("}],"privateIpAddress":")",
         address,
         R"("}],"rootDeviceName":"/dev/xvda","rootDeviceType":"ebs","securityGroups":[{"groupName":"service","groupId":")",
         group,
         R"("}],"sourceDestCheck":true,"tags":[{"key":"Team","value":"platform"}],"virtualizationType":"hvm",)",
         R"("metadataOptions":{"state":"applied","httpTokens":")",
         i % 7 == 0 ? "optional" : "required",
         R"(","httpPutResponseHopLimit":1,"httpEndpoint":"enabled"})"});
    End("AWS::EC2::Instance", id, "ec2", "instance/", R"("Team":"platform")", "", "eu-west-1a");
  }

  void Interface(int i) {
    const auto n = static_cast<uint64_t>(i);
    const AwsId id = Id("eni-", n);
    Begin(in_vpc_);
    out_.Write(
        {R"("attachment":{"attachmentId":")", Id("eni-attach-", n),
         R"(","deleteOnTermination":true,"deviceIndex":0,"instanceOwnerId":")", account_,
         R"(","status":"attached"},"availabilityZone":"eu-west-1a","description":"","groups":[{"groupName":"service","groupId":")",
         Id("sg-", n % kSecurityGroups),
         R"("}],"interfaceType":"interface","ipv6Addresses":[],"macAddress":"06:1f:3a:5c:7e:91",)",
         R"("networkInterfaceId":")", id, R"(","ownerId":")", account_,
         R"(","privateIpAddresses":[],"requesterManaged":false,"sourceDestCheck":true,"status":"in-use","subnetId":")",
         Id("subnet-", n % kSubnetsPerUnit), R"(","tagSet":[],"vpcId":")", vpc_, "\""});
    End("AWS::EC2::NetworkInterface", id, "ec2", "network-interface/", "", "", "eu-west-1a");
  }

  void Volume(uint64_t n) {
    const AwsId id = Id("vol-", n);
    Begin("");
    out_.Write(
        {R"("attachments":[],"availabilityZone":"eu-west-1a","createTime":"2026-10-02T11:30:01.000Z","encrypted":true,"size":20,)",
         R"("snapshotId":")", Id("snap-", n % 8), R"(","state":"in-use","volumeId":")", id,
         R"(","iops":3000,"tags":[],"volumeType":"gp3","multiAttachEnabled":false,"throughput":125)"});
    End("AWS::EC2::Volume", id, "ec2", "volume/", R"("Team":"platform")", "", "eu-west-1a");
  }

  void Role(int i) {
    const AwsId id = Id("AROA", static_cast<uint64_t>(i));
    Begin("");
    out_.Write(
        {R"("path":"/","roleName":")", id, R"(","roleId":")", id, R"(","arn":"arn:aws:iam::)", account_, ":role/", id,
         R"(","createDate":"2025-08-30T09:14:03.000Z","assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%2C%22)",
         R"(Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C)",
         R"(%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D","instanceProfileList":[],"rolePolicyList":[],"attachedManagedPolicies":)",
         R"([{"policyName":"basic","policyArn":"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}],"tags":[])"});
    End("AWS::IAM::Role", id, "iam", "role/");
  }

  void Function(int i) {
    const AwsId id = Id("fn-", static_cast<uint64_t>(i));
    Begin("");
    out_.Write(
        {R"("functionName":")", id, R"(","functionArn":"arn:aws:lambda:eu-west-1:)", account_, ":function:", id,
         R"(","runtime":")", i % 9 == 0 ? "python3.8" : "python3.13", R"(","role":"arn:aws:iam::)", account_, ":role/",
         Id("AROA", static_cast<uint64_t>(i % kRoles)),
         R"(","handler":"app.handler","codeSize":48213,"description":"","timeout":10,"memorySize":256,)",
         R"("lastModified":"2026-10-02T11:30:00.000+0000","version":"$LATEST","tracingConfig":{"mode":"PassThrough"},"layers":[],)",
         R"("state":"Active","packageType":"Zip","architectures":["arm64"])"});
    End("AWS::Lambda::Function", id, "lambda", "function:");
  }

  void Bucket(int i) {
    const AwsId id = Id("bucket-", static_cast<uint64_t>(i));
    Begin("");
    out_.Write({R"("name":")", id, R"(","owner":{"displayName":null,"id":"0a1b2c3d4e5f60718293a4b5c6d7e8f9"},)",
                R"("creationDate":"2025-08-30T09:14:03.000Z","region":"eu-west-1")"});
    End("AWS::S3::Bucket", id, "s3", "", R"("Team":"platform")",
        R"("BucketVersioningConfiguration":{"status":"Enabled","isMfaDeleteEnabled":null},"PublicAccessBlockConfiguration":)"
        R"({"blockPublicAcls":true,"ignorePublicAcls":true,"blockPublicPolicy":true,"restrictPublicBuckets":true})",
        "Regional");
  }

  void LogGroup(int i) {
    const AwsId id = Id("log-", static_cast<uint64_t>(i));
    Begin("");
    out_.Write({R"("LogGroupName":"/aws/lambda/)", id, R"(","RetentionInDays":30,"Arn":"arn:aws:logs:eu-west-1:)",
                account_, ":log-group:/aws/lambda/", id, R"(:*","Tags":[])"});
    End("AWS::Logs::LogGroup", id, "logs", "log-group:");
  }

  void Alarm(int i) {
    const AwsId id = Id("alarm-", static_cast<uint64_t>(i));
    Begin("");
    out_.Write(
        {R"("alarmName":")", id, R"(","alarmArn":"arn:aws:cloudwatch:eu-west-1:)", account_, ":alarm:", id,
         R"(","actionsEnabled":true,"alarmActions":["arn:aws:sns:eu-west-1:)", account_,
         R"(:operations"],"insufficientDataActions":[],"metricName":"Errors","namespace":"AWS/Lambda","statistic":"Sum",)",
         R"("dimensions":[{"name":"FunctionName","value":")", Id("fn-", static_cast<uint64_t>(i)),
         R"("}],"period":300,"evaluationPeriods":1,"threshold":1.0,"comparisonOperator":"GreaterThanOrEqualToThreshold")"});
    End("AWS::CloudWatch::Alarm", id, "cloudwatch", "alarm:");
  }

  EstateWriter out_;
  uint64_t left_;
  uint64_t seed_;
  bool first_ = true;
  Unit unit_;
  AwsId vpc_;
  std::string account_, in_vpc_, cidr_prefix_;
};

}  // namespace

bool WriteConfigSnapshot(const std::string& path, uint64_t num_resources, uint64_t seed, Answers& answers) {
  return ConfigWriter(path, num_resources, seed).Run(answers);
}

}  // namespace bylaw::bench
