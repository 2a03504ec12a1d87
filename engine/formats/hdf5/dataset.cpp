#include "formats/hdf5/dataset.h"

#include "base/checked_math.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <utility>

namespace volary::hdf5 {

namespace {

/// The message of a type, which must not be shared: only datatypes may be elsewhere.
const Message* findPlain(const ObjectHeader& header, MessageType type) {
  const Message* message = header.find(type);
  if (message && message->isShared)
    failUnsupported("a message of a dataset stands in the file's table of shared messages");
  return message;
}

}  // namespace

Dataset::Dataset(Object object) : object_(std::move(object)) { describe(); }

void Dataset::describe() {
  const ObjectHeader& header = object_.header();
  const Widths widths = file().widths();
  const Message* space = findPlain(header, MessageType::dataspace);
  const Message* type = header.find(MessageType::datatype);
  const Message* layout = findPlain(header, MessageType::layout);
  if (!space || !type || !layout) fail("this is not a dataset");
  space_ = parseDataspace(space->cursor(widths));
  type_ = readDatatype(file(), *type);
  layout_ = parseLayout(layout->cursor(widths));
  if (const Message* filters = findPlain(header, MessageType::filterPipeline))
    filters_ = parseFilterPipeline(filters->cursor(widths));
  if (const Message* fill = findPlain(header, MessageType::fillValue)) {
    fillValue_ = parseFillValue(fill->cursor(widths));
  } else if (const Message* old = findPlain(header, MessageType::oldFillValue)) {
    fillValue_ = parseOldFillValue(old->cursor(widths));
  }
  if (!fillValue_.empty() && fillValue_.size() != type_.bytes)
    fail("its fill value has {} bytes and its elements {}", fillValue_.size(), type_.bytes);
  // Files beside the HDF5 file could be any file of the machine: what a stranger's file names is not read.
  if (header.find(MessageType::externalFiles)) fail("its voxels stand in other raw files, which is not supported");

  valueCount_ = countValues(space_);
  if (isChunked()) {
    if (layout_.elementBytes != type_.bytes)
      fail("its chunks have elements of {} bytes, not {}", layout_.elementBytes, type_.bytes);
    grid_ = makeChunkGrid(space_, layout_);
    return;
  }
  std::uint64_t bytes = 0;
  if (!multiply(valueCount_, type_.bytes, bytes)) fail("its size is absurd");
  if (layout_.storage == StorageKind::compact) {
    if (layout_.compactData.size() < bytes) fail("it holds {} bytes, not {}", layout_.compactData.size(), bytes);
  } else if (layout_.address != kUndefinedAddress) {
    file().positionOf(layout_.address, bytes, "dataset");
  }
}

const ChunkIndex& Dataset::index() const {
  if (const ChunkIndex* ready = lazy_->ready.load(std::memory_order_acquire)) return *ready;
  const std::lock_guard lock(lazy_->mutex);
  if (lazy_->failure) std::rethrow_exception(lazy_->failure);
  if (!lazy_->index) {
    try {
      if (!isChunked()) fail("it has no chunks");
      lazy_->index = std::make_unique<const ChunkIndex>(file(), grid_, layout_, !filters_.empty());
      lazy_->ready.store(lazy_->index.get(), std::memory_order_release);
    } catch (const ReadError&) {
      throw;
    } catch (const Error&) {
      lazy_->failure = std::current_exception();
      throw;
    }
  }
  return *lazy_->index;
}

std::uint64_t Dataset::storedBytes() const {
  if (isChunked()) return index().storedBytes();
  if (layout_.storage == StorageKind::contiguous && layout_.address == kUndefinedAddress) return 0;
  return valueCount_ * type_.bytes;
}

std::optional<std::uint64_t> Dataset::contiguousPosition() const {
  if (layout_.storage != StorageKind::contiguous || layout_.address == kUndefinedAddress) return std::nullopt;
  return file().superblock().baseAddress + layout_.address;
}

void Dataset::readChunk(const ChunkPlace& place, std::span<std::byte> out) const {
  file().readAt(place.position, out.first(place.bytes));
}

}  // namespace volary::hdf5
