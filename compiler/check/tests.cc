#include "compiler/check/checker.h"
namespace bylaw::compiler {
void Checker::CheckTests() {
  for (const FileScope& scope : files_) {
    for (const ast::ItemPtr& item : scope.file->items) {
      if (const auto* waiver = ast::TryAs<ast::WaiverDecl>(*item)) {
        context_ = Context{.scope = &scope};
        CheckWaiver(*waiver);
      }
    }
  }
}
}
