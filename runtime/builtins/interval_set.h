// IntervalSet<Point>: a set of points kept as sorted, disjoint, non-adjacent closed intervals. IpSet and PortSet are
// made of it (net.h).
//
// `Point` is totally ordered and has two free functions found by its namespace or passed as Traits: Next(p) and
// Previous(p), which give nothing at the ends of a contiguous stretch (so an IPv4 interval never runs on into IPv6).
// Invariants: equal sets have equal representations; immutable after construction. All operations are linear in the
// intervals of their operands, membership is logarithmic. Thread safety: as any immutable value.
#pragma once

#include <algorithm>
#include <compare>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace bylaw {

/// From `first` to `last`, both included.
template <typename Point>
struct Interval {
  Point first{};
  Point last{};
  auto operator<=>(const Interval&) const = default;
};

template <typename Point, typename Traits>
class IntervalSet {
 public:
  using Range = Interval<Point>;

  IntervalSet() = default;

  /// The union of any intervals, in any order. Those with `last` before `first` are empty.
  static IntervalSet Of(std::vector<Range> ranges) {
    std::erase_if(ranges, [](const Range& r) { return r.last < r.first; });
    std::sort(ranges.begin(), ranges.end());
    IntervalSet set;
    for (const Range& range : ranges) set.Append(range);
    return set;
  }

  static IntervalSet Of(Point first, Point last) { return Of({Range{first, last}}); }

  std::span<const Range> ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  bool operator==(const IntervalSet&) const = default;
  auto operator<=>(const IntervalSet&) const = default;

  bool Contains(const Point& point) const {
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), point,
                                  [](const Point& p, const Range& r) { return p < r.first; });
    return after != ranges_.begin() && !(std::prev(after)->last < point);
  }

  IntervalSet Union(const IntervalSet& other) const {
    std::vector<Range> merged(ranges_.size() + other.ranges_.size());
    std::merge(ranges_.begin(), ranges_.end(), other.ranges_.begin(), other.ranges_.end(), merged.begin());
    IntervalSet set;
    for (const Range& range : merged) set.Append(range);
    return set;
  }

  IntervalSet Intersect(const IntervalSet& other) const {
    IntervalSet set;
    ForEachOverlap(other, [&](const Range& overlap) {
      set.ranges_.push_back(overlap);
      return true;
    });
    return set;
  }

  IntervalSet Minus(const IntervalSet& other) const {
    IntervalSet set;
    size_t j = 0;
    for (const Range& range : ranges_) {
      Point start = range.first;
      bool rest = true;
      while (j < other.ranges_.size() && other.ranges_[j].last < start) ++j;
      for (size_t k = j; rest && k < other.ranges_.size() && !(range.last < other.ranges_[k].first); ++k) {
        const Range& hole = other.ranges_[k];
        if (start < hole.first) set.ranges_.push_back({start, *Traits::Previous(hole.first)});
        rest = hole.last < range.last;
        if (rest) start = *Traits::Next(hole.last);
      }
      if (rest) set.ranges_.push_back({start, range.last});
    }
    return set;
  }

  /// Is every point of `other` in this set?
  bool Covers(const IntervalSet& other) const {
    size_t i = 0;
    for (const Range& range : other.ranges_) {
      while (i < ranges_.size() && ranges_[i].last < range.first) ++i;
      if (i == ranges_.size() || range.first < ranges_[i].first || ranges_[i].last < range.last) return false;
    }
    return true;
  }

  bool Overlaps(const IntervalSet& other) const {
    bool found = false;
    ForEachOverlap(other, [&](const Range&) {
      found = true;
      return false;
    });
    return found;
  }

 private:
  /// Adds a range that does not begin before the last one.
  void Append(const Range& range) {
    if (!ranges_.empty()) {
      Range& back = ranges_.back();
      std::optional<Point> next = Traits::Next(back.last);
      if (!(back.last < range.first) || (next && *next == range.first)) {
        if (back.last < range.last) back.last = range.last;
        return;
      }
    }
    ranges_.push_back(range);
  }

  template <typename Visit>
  void ForEachOverlap(const IntervalSet& other, Visit visit) const {
    size_t i = 0, j = 0;
    while (i < ranges_.size() && j < other.ranges_.size()) {
      const Range& a = ranges_[i];
      const Range& b = other.ranges_[j];
      Range overlap{std::max(a.first, b.first), std::min(a.last, b.last)};
      if (!(overlap.last < overlap.first) && !visit(overlap)) return;
      if (a.last < b.last) {
        ++i;
      } else {
        ++j;
      }
    }
  }

  std::vector<Range> ranges_;
};

}  // namespace bylaw
