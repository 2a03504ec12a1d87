#pragma once

#include "base/error.h"
#include "formats/hdf5_image/hdf5_questions.h"
#include "formats/hdf5_image/library/hdf5_packet.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

/// How questions about an HDF5 file and their answers go from one process to another. Another question needs another
/// entry in Hdf5QuestionList; another field of an answer needs another word in its fieldsOf().
namespace volary {

template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <Is<i64vec3> T>
auto fieldsOf(T& v) {
  return std::tie(v.x, v.y, v.z);
}
template <Is<Hdf5ExternalLink> T>
auto fieldsOf(T& link) {
  return std::tie(link.file, link.object);
}
template <Is<Hdf5Table> T>
auto fieldsOf(T& table) {
  return std::tie(table.rows, table.columns, table.values);
}
template <Is<Hdf5Filter> T>
auto fieldsOf(T& filter) {
  return std::tie(filter.id, filter.name, filter.clientData);
}
template <Is<Hdf5DatasetInfo> T>
auto fieldsOf(T& info) {
  return std::tie(info.sizeVoxels, info.chunkVoxels, info.storedType, info.bigEndian, info.isPlain, info.filters,
                  info.rawPartialChunks, info.fillValue);
}
template <Is<RawChunk> T>
auto fieldsOf(T& chunk) {
  return std::tie(chunk.bytes, chunk.filterMask, chunk.stored);
}

template <typename T>
constexpr bool kIsOptional = false;
template <typename T>
constexpr bool kIsOptional<std::optional<T>> = true;
template <typename T>
constexpr bool kIsVector = false;
template <typename T>
constexpr bool kIsVector<std::vector<T>> = true;

/// Memory that a question fills: its size goes with the question, its content comes with the answer.
struct Filled {
  std::vector<std::byte> bytes;
  operator std::span<std::byte>() { return bytes; }
};

template <typename T>
void pack(PacketWriter& out, const T& value) {
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    out.number(static_cast<std::uint64_t>(value));
  } else if constexpr (std::is_same_v<T, double>) {
    out.number(std::bit_cast<std::uint64_t>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.text(value);
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    out.bytes(value);
  } else if constexpr (kIsOptional<T>) {
    out.number(value.has_value());
    if (value) pack(out, *value);
  } else if constexpr (kIsVector<T>) {
    out.number(value.size());
    for (const auto& item : value) pack(out, item);
  } else {
    std::apply([&](const auto&... fields) { (pack(out, fields), ...); }, fieldsOf(value));
  }
}

template <typename T>
void unpack(PacketReader& in, T& value) {
  if constexpr (std::is_same_v<T, VoxelType>) {
    value = static_cast<VoxelType>(std::min<std::uint64_t>(in.number(), static_cast<int>(VoxelType::float64)));
  } else if constexpr (std::is_same_v<T, bool>) {
    value = in.flag();
  } else if constexpr (std::is_integral_v<T>) {
    value = static_cast<T>(in.number());
  } else if constexpr (std::is_same_v<T, double>) {
    value = std::bit_cast<double>(in.number());
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = in.text();
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    const std::span<const std::byte> bytes = in.bytes();
    value.assign(bytes.begin(), bytes.end());
  } else if constexpr (kIsOptional<T>) {
    if (in.flag()) unpack(in, value.emplace());
  } else if constexpr (kIsVector<T>) {
    value.resize(in.count());
    for (auto& item : value) unpack(in, item);
  } else {
    std::apply([&](auto&... fields) { (unpack(in, fields), ...); }, fieldsOf(value));
  }
}

/// The packets of one function of Hdf5Questions.
template <auto kQuestion>
struct QuestionPackets;

template <typename Result, typename... Arguments, Result (Hdf5Questions::*kQuestion)(Arguments...) const>
struct QuestionPackets<kQuestion> {
  template <typename T>
  using Kept = std::conditional_t<std::is_same_v<T, std::span<std::byte>>, Filled, std::remove_cvref_t<T>>;

  static void packArguments(PacketWriter& out, Arguments... arguments) {
    const auto packOne = [&](const auto& argument) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(argument)>, std::span<std::byte>>)
        out.number(argument.size());
      else
        pack(out, argument);
    };
    (packOne(arguments), ...);
  }

  /// In the other process.
  static void answer(const Hdf5Questions& file, PacketReader& in, PacketWriter& out) {
    std::tuple<Kept<Arguments>...> kept;
    const auto unpackOne = [&](auto& argument) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(argument)>, Filled>)
        argument.bytes.resize(in.number());
      else
        unpack(in, argument);
    };
    const auto packFilled = [&](const auto& argument) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(argument)>, Filled>) out.bytes(argument.bytes);
    };
    std::apply(
        [&](auto&... arguments) {
          (unpackOne(arguments), ...);
          if constexpr (std::is_void_v<Result>)
            (file.*kQuestion)(arguments...);
          else
            pack(out, (file.*kQuestion)(arguments...));
          (packFilled(arguments), ...);
        },
        kept);
  }

  static Result unpackAnswer(PacketReader in, Arguments... arguments) {
    const auto fill = [&](const auto& argument) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(argument)>, std::span<std::byte>>) {
        const std::span<const std::byte> bytes = in.bytes();
        if (bytes.size() != argument.size())
          fail("the HDF5 library gives {} bytes of voxels, not {}", bytes.size(), argument.size());
        std::ranges::copy(bytes, argument.begin());
      }
    };
    if constexpr (std::is_void_v<Result>) {
      (fill(arguments), ...);
    } else {
      Result result{};
      unpack(in, result);
      return result;
    }
  }
};

/// Numbers questions by their places in the list.
template <auto... kQuestions>
struct QuestionList {
  template <auto kQuestion>
  static constexpr std::uint64_t numberOf() {
    std::uint64_t number = 0;
    const bool found =
        ((std::is_same_v<QuestionPackets<kQuestion>, QuestionPackets<kQuestions>> || (++number, false)) || ...);
    return found ? number : ~std::uint64_t{0};
  }

  /// A number that belongs to no question asks for nothing.
  static void answer(std::uint64_t number, const Hdf5Questions& file, PacketReader& in, PacketWriter& out) {
    std::uint64_t place = 0;
    static_cast<void>(((place++ == number && (QuestionPackets<kQuestions>::answer(file, in, out), true)) || ...));
  }
};

using Hdf5QuestionList =
    QuestionList<&Hdf5Questions::exists, &Hdf5Questions::findExternalLink, &Hdf5Questions::children,
                 &Hdf5Questions::findStringAttribute, &Hdf5Questions::findNumbersAttribute, &Hdf5Questions::readTable,
                 &Hdf5Questions::describe, &Hdf5Questions::readRawChunk, &Hdf5Questions::readBox,
                 &Hdf5Questions::storageBytes>;

/// Only asks that the library opens the file.
inline constexpr std::uint64_t kOnlyOpen = ~std::uint64_t{0};

}  // namespace volary
