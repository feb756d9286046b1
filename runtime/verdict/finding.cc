#include "runtime/verdict/finding.h"

#include "runtime/vm/evaluation.h"

namespace bylaw {

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNotApplicable: return "not_applicable";
    case Verdict::kPass: return "pass";
    case Verdict::kWaived: return "waived";
    case Verdict::kUnknown: return "unknown";
    case Verdict::kFail: return "fail";
  }
  return "unknown";
}

ResourceRef DescribeResource(Evaluation& evaluation, TypeId type, Cell cell, State state) {
  ResourceRef resource;
  const Program& program = evaluation.program();
  const Snapshot* snapshot = evaluation.snapshot();
  if (snapshot == nullptr || state != State::kKnown || type >= program.types.size() ||
      program.types[type].kind != TypeKind::kRef)
    return resource;
  auto text = [&](StringId id) { return id == kNone ? std::string_view() : snapshot->strings().Text(id); };
  resource.address = evaluation.ToText(type, cell, state);
  Row row = RefCell::row(cell);
  if (RefCell::is_external(cell)) {
    resource.is_external = true;
    if (row >= snapshot->num_externals()) return resource;
    const External& external = snapshot->external(row);
    resource.table = external.table;
    resource.id = text(external.key);
    resource.account = text(external.account);
    resource.model = text(external.model_name);
    const std::vector<TableId>& models = program.types[type].tables;
    if (resource.model.empty() && models.size() == 1) resource.model = program.tables[models[0]].name;
    return resource;
  }
  TableId table = RefCell::table(cell);
  if (table >= snapshot->num_tables() || table >= program.tables.size() || row >= snapshot->num_rows(table))
    return resource;
  resource.table = table;
  resource.row = row;
  resource.model = program.tables[table].name;
  resource.record = snapshot->record_id(table, row);
  if (resource.record == kNone) return resource;
  const Record& record = snapshot->record(resource.record);
  resource.address = text(record.address);
  resource.previous_address = text(snapshot->previous_address(record.address));
  resource.type = text(record.type);
  resource.id = text(record.id);
  resource.account = text(record.account);
  resource.region = text(record.region);
  return resource;
}

}  // namespace bylaw
