#include "pyramid/source.h"

namespace volary {

std::span<std::byte> DecodeScratch::buffer(int slot, std::size_t size) {
  std::vector<std::byte>& memory = buffers_[slot];
  if (memory.size() < size) memory.resize(size);
  return std::span(memory).first(size);
}

ChunkSink::Next readChunkInto(Source& source, const ChunkKey& key, std::size_t index, ChunkSink& sink, ReadCost& cost) {
  RawChunk raw;
  sink.begin(index);
  try {
    raw = source.readChunk(key);
  } catch (...) {
    return sink.fail(index, std::current_exception());
  }
  cost.bytes += raw.bytes.size();
  cost.calls += raw.bytes.empty() ? 0 : 1;
  return sink.take(index, raw);
}

ReadCost Source::readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) {
  ReadCost cost;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (readChunkInto(*this, keys[i], i, sink, cost) == ChunkSink::Next::stop) break;
  return cost;
}

}  // namespace volary
