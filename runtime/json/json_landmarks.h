// JsonLandmarks: places that a reader passed in the large arrays and objects of a file, by which a value's number in its
// array, or its key, is found again without reading all that stands before it.
//
//   JsonStream (while importing) ──Add──► JsonLandmarks ──Before──► LocateJson (for what is reported)
//
// An array or object is known by where it begins. Landmarks stand about kSpacing bytes apart, so they take no room to speak of.
//
// Thread safety: none while landmarks are added; after that any number of readers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace bylaw {

class JsonLandmarks {
 public:
  static constexpr uint64_t kSpacing = uint64_t{64} << 10;
  static constexpr uint64_t kUnknownArray = ~uint64_t{0};  ///< of a reader that began in the middle of one

  struct Landmark {
    uint64_t number = 0;  ///< of the element in its array, from 0; of a field 0
    uint64_t offset = 0;  ///< where it begins, a field with its key
  };

  /// Element `number` of the array at `container`, or a field of the object there, begins at `offset`. Only what lies
  /// behind its last landmark counts.
  void Add(uint64_t container, uint64_t number, uint64_t offset);
  /// What a reader noted that began in the middle of `array`, at element `first`.
  void AddRest(uint64_t array, uint64_t first, const JsonLandmarks& rest);
  /// The last landmark of `container` at or before `offset`; null when there is none.
  const Landmark* Before(uint64_t container, uint64_t offset) const;

 private:
  std::unordered_map<uint64_t, std::vector<Landmark>> containers_;
};

}  // namespace bylaw
