#include <algorithm>

#include <fmt/format.h>

#include "cli/report/terminal.h"
#include "cli/surface/surface.h"

namespace bylaw::cli {
namespace {

constexpr size_t kNumberWidth = 12;
constexpr size_t kMostKinds = 8;
constexpr size_t kMostWorkloads = 20;

class SurfaceText {
 public:
  SurfaceText(const Surface& surface, size_t width, bool color)
      : surface_(surface), width_(std::max<size_t>(width, 60)), palette_(color) {}

  std::string Write() {
    CompareStacks();
    for (const SurfaceScope& stack : surface_.stacks) Kinds(stack);
    Scopes("By account", surface_.accounts, "account not known");
    Scopes("By team", surface_.teams, "no team's tag");
    Workloads();
    if (surface_.undecided_links > 0) {
      out_ += "\n" +
              Wrap(fmt::format("{} not followed, as it is not known whether they hold.",
                               Plural(surface_.undecided_links, "link")),
                   width_, 0) +
              "\n";
    }
    return std::move(out_);
  }

 private:
  void Heading(const std::string& text) { out_ += fmt::format("\n{}{}{}\n", palette_.bold, text, palette_.reset); }

  void CompareStacks() {
    std::vector<const SurfaceScope*> scopes;
    for (const SurfaceScope& stack : surface_.stacks) scopes.push_back(&stack);
    scopes.push_back(&surface_.shared);
    scopes.push_back(&surface_.elsewhere);
    out_ += fmt::format("{}{:<26}", palette_.bold, "Surface");
    for (const SurfaceScope* scope : scopes) out_ += fmt::format("{:>{}}", scope->name, kNumberWidth);
    out_ += fmt::format("{}\n", palette_.reset);
    for (const SurfaceMeasure& measure : SurfaceMeasures()) {
      out_ += fmt::format("{:<26}", fmt::format("{}{}", measure.is_part ? "  " : "", measure.text));
      for (const SurfaceScope* scope : scopes) out_ += Number(measure, scope->counts, kNumberWidth);
      out_ += "\n";
    }
    out_ += "\n" + Wrap("`shared` is in both stacks, and counted in each; `elsewhere` in neither.", width_, 0) + "\n";
  }

  std::string Number(const SurfaceMeasure& measure, const SurfaceCounts& counts, size_t width) {
    const uint64_t number = measure.of(counts);
    const bool bad = measure.key == "failing" && number > 0;
    return fmt::format("{}{:>{}}{}",
                       bad           ? palette_.red
                       : number == 0 ? palette_.dim
                                     : "",
                       number, width, bad || number == 0 ? palette_.reset : "");
  }

  void Kinds(const SurfaceScope& stack) {
    if (stack.kinds.empty()) return;
    Heading(fmt::format("What the {} stack is made of", stack.name));
    size_t name_width = 0;
    const size_t shown = std::min(stack.kinds.size(), kMostKinds);
    for (size_t i = 0; i < shown; ++i) name_width = std::max(name_width, DisplayWidth(Visible(stack.kinds[i].type)));
    for (size_t i = 0; i < shown; ++i) {
      const SurfaceKind& kind = stack.kinds[i];
      out_ += fmt::format("  {}{:>8} {:<9}{:>7} settings{:>7} failing\n", Padded(Visible(kind.type), name_width),
                          kind.resources, kind.resources == 1 ? "resource" : "resources", kind.settings, kind.failing);
    }
    if (stack.kinds.size() > shown)
      out_ += fmt::format("  … and {}\n", Plural(stack.kinds.size() - shown, "more kind"));
  }

  void TableHead(const std::string& title, size_t name_width) {
    Heading(title);
    out_ += fmt::format("  {}{}{:>10}{:>10}{:>10}{:>10}{}\n", palette_.dim, std::string(name_width, ' '), "resources",
                        "settings", "failing", "flaws", palette_.reset);
  }
  void TableRow(const std::string& name, const SurfaceCounts& counts, size_t name_width) {
    std::string shown = Visible(name);
    if (DisplayWidth(shown) > name_width) {
      out_ += fmt::format("  {}\n", shown);
      shown.clear();
    }
    out_ += fmt::format("  {}{:>10}{:>10}{:>10}{:>10}\n", Padded(shown, name_width), counts.resources, counts.settings,
                        counts.failing, counts.images[static_cast<size_t>(ImageCount::kFlaws)]);
  }
  size_t NameWidth() const { return width_ - 42; }

  void Scopes(const std::string& title, const std::vector<SurfaceScope>& scopes, const char* nameless) {
    if (scopes.empty() || (scopes.size() == 1 && scopes[0].name.empty())) return;
    TableHead(title, NameWidth());
    for (const SurfaceScope& scope : scopes)
      TableRow(scope.name.empty() ? nameless : scope.name, scope.counts, NameWidth());
  }

  void Workloads() {
    if (surface_.workloads.empty()) out_ += "\nNo workloads: nothing here runs code.\n";
    std::string stack;
    size_t shown = 0, left = 0;
    auto close = [&] {
      if (left > 0) out_ += fmt::format("  … and {} (see --format json)\n", Plural(left, "more workload"));
      shown = left = 0;
    };
    for (const SurfaceWorkload& workload : surface_.workloads) {
      if (workload.stack != stack) {
        close();
        stack = workload.stack;
        TableHead(fmt::format("Behind each {} workload", stack), NameWidth());
      }
      if (shown == kMostWorkloads) {
        ++left;
        continue;
      }
      ++shown;
      TableRow(workload.address, workload.counts, NameWidth());
    }
    close();
  }

  const Surface& surface_;
  size_t width_;
  Palette palette_;
  std::string out_;
};

}  // namespace

std::string WriteSurfaceText(const Surface& surface, size_t width, bool color) {
  return SurfaceText(surface, width, color).Write();
}

}  // namespace bylaw::cli
