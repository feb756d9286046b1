#include "runtime/json/json_landmarks.h"

#include <algorithm>

namespace bylaw {

void JsonLandmarks::Add(uint64_t container, uint64_t number, uint64_t offset) {
  std::vector<Landmark>& landmarks = containers_[container];
  if (landmarks.empty() || landmarks.back().offset < offset) landmarks.push_back({number, offset});
}

void JsonLandmarks::AddRest(uint64_t array, uint64_t first, const JsonLandmarks& rest) {
  const auto found = rest.containers_.find(kUnknownArray);
  if (found == rest.containers_.end()) return;
  for (const Landmark& landmark : found->second) Add(array, first + landmark.number, landmark.offset);
}

const JsonLandmarks::Landmark* JsonLandmarks::Before(uint64_t container, uint64_t offset) const {
  const auto found = containers_.find(container);
  if (found == containers_.end()) return nullptr;
  const std::vector<Landmark>& landmarks = found->second;
  const auto after =
      std::upper_bound(landmarks.begin(), landmarks.end(), offset,
                       [](uint64_t wanted, const Landmark& landmark) { return wanted < landmark.offset; });
  return after == landmarks.begin() ? nullptr : &*std::prev(after);
}

}  // namespace bylaw
