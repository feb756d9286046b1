# NET-001 for OPA, regorus and conftest over an AWS Config snapshot.
package flagship

import rego.v1

route_tables := [item.configuration | some item in input.configurationItems; item.resourceType == "AWS::EC2::RouteTable"]

public_tables := {table.routeTableId |
	some table in route_tables
	some route in table.routes
	startswith(route.gatewayId, "igw-")
	route.state == "active"
}

own_tables := {association.subnetId: table.routeTableId |
	some table in route_tables
	some association in table.associations
	not association.main
}

main_tables := {table.vpcId: table.routeTableId |
	some table in route_tables
	some association in table.associations
	association.main
}

guarded := {attachment.vpcId |
	some item in input.configurationItems
	item.resourceType == "AWS::EC2::EgressOnlyInternetGateway"
	some attachment in item.configuration.attachments
	attachment.state in {"attached", "attaching", "available"}
}

failing contains subnet.subnetId if {
	some item in input.configurationItems
	item.resourceType == "AWS::EC2::Subnet"
	subnet := item.configuration
	object.get(own_tables, subnet.subnetId, object.get(main_tables, subnet.vpcId, "")) in public_tables
	not subnet.vpcId in guarded
}

deny contains id if some id in failing
