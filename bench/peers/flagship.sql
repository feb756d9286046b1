-- NET-001 for DuckDB over an AWS Config snapshot as it is. `@FILE@` is replaced by the path.
WITH items AS MATERIALIZED (
  SELECT item.resourceType AS type, item.configuration AS c
  FROM (SELECT unnest(configurationItems) AS item
        FROM read_json('@FILE@', format = 'unstructured', maximum_object_size = 4000000000,
                       columns = {configurationItems: 'STRUCT(resourceType VARCHAR, configuration JSON)[]'}))
  WHERE item.resourceType IN ('AWS::EC2::Subnet', 'AWS::EC2::RouteTable', 'AWS::EC2::EgressOnlyInternetGateway')
),
route_tables AS (
  SELECT c->>'$.routeTableId' AS id, c->>'$.vpcId' AS vpc,
         from_json(c->'$.routes', '[{"gatewayId": "VARCHAR", "state": "VARCHAR"}]') AS routes,
         from_json(c->'$.associations', '[{"main": "BOOLEAN", "subnetId": "VARCHAR"}]') AS associations
  FROM items WHERE type = 'AWS::EC2::RouteTable'
),
public_tables AS (
  SELECT DISTINCT id FROM (SELECT id, unnest(routes) AS r FROM route_tables)
  WHERE r.gatewayId LIKE 'igw-%' AND r.state = 'active'
),
used AS (SELECT id, vpc, unnest(associations) AS a FROM route_tables),
subnets AS (SELECT c->>'$.subnetId' AS id, c->>'$.vpcId' AS vpc FROM items WHERE type = 'AWS::EC2::Subnet'),
guarded AS (
  SELECT DISTINCT attachment.vpcId AS vpc
  FROM (SELECT unnest(from_json(c->'$.attachments', '[{"state": "VARCHAR", "vpcId": "VARCHAR"}]')) AS attachment
        FROM items WHERE type = 'AWS::EC2::EgressOnlyInternetGateway')
  WHERE attachment.state IN ('attached', 'attaching', 'available')
)
SELECT s.id
FROM subnets s
LEFT JOIN (SELECT a.subnetId AS subnet, id FROM used WHERE NOT a.main) own ON own.subnet = s.id
LEFT JOIN (SELECT vpc, id FROM used WHERE a.main) main ON main.vpc = s.vpc
WHERE coalesce(own.id, main.id) IN (SELECT id FROM public_tables)
  AND s.vpc NOT IN (SELECT vpc FROM guarded)
ORDER BY s.id;
