#include "streaming/chunk_maker.h"

#include "pyramid/growing_pyramids.h"
#include "storage/pending_reads.h"
#include "streaming/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace volary {

namespace {

// Decoded chunks are handed to the table together, to save locks; but soon, since others may be waiting.
constexpr std::size_t kMostUnpublishedBytes = 256 << 10;
constexpr std::size_t kMostUnpublishedChunks = 16;

// A thread keeps no more memory than this for reading: a huge chunk was perhaps the only one.
constexpr std::size_t kMaxKeptBuffer = 4 << 20;

}  // namespace

ChunkMaker::ChunkMaker(ChunkSupply& supply, ChunkTable& table, ChunkTable::Claims& claims, MakerScratch& scratch,
                       ChunkUser& user)
    : supply_(supply), table_(table), claims_(claims), scratch_(scratch), user_(user) {
  scratch_.made.clear();
}

ChunkMaker::~ChunkMaker() {
  supply_.stored.giveBack(bufferBytes_);
  if (scratch_.stored.capacity() > kMaxKeptBuffer) scratch_.stored = {};
  table_.end(claims_, scratch_.made, ending_);
}

void ChunkMaker::run() {
  try {
    // Asked before the read: a chunk that is made by then does not change any more.
    for (std::size_t i = 0; supply_.growing && i < claims_.size(); ++i)
      if (!supply_.growing->isMade(claims_.keys()[i])) claims_.noteStandIn(i);
    ending_.cost = supply_.source.readChunks(claims_.keys(), *this);
  } catch (const NotYet&) {
    isPending_ = true;
  } catch (...) {
    noteFailure(scratch_.made.empty() ? 0 : scratch_.made.back());
  }
}

// A read may hang: chunks that are there by now must not hang with it.
void ChunkMaker::begin(std::size_t i) {
  if (!scratch_.made.empty()) table_.publish(claims_, scratch_.made);
  claims_.noteReadBegun(i);
}

std::span<std::byte> ChunkMaker::buffer(std::size_t size) {
  supply_.stored.giveBack(std::exchange(bufferBytes_, 0));
  supply_.stored.take(size);
  bufferBytes_ = size;
  if (scratch_.stored.size() < size) scratch_.stored.resize(size);
  return scratch_.stored;
}

ChunkSink::Next ChunkMaker::take(std::size_t i, const RawView& raw) {
  if (user_.givesUp()) {
    gaveUp_ = true;
    return Next::stop;
  }
  DecodedChunk& chunk = claims_.chunk(i);
  try {
    if (raw.stored)
      supply_.source.decodeChunk(claims_.keys()[i], raw, ChunkMemory::writable(chunk), scratch_.decode);
    else
      chunk = {};
  } catch (const NotYet&) {
    isPending_ = true;
    return Next::goOn;
  } catch (...) {
    noteFailure(i);
    return Next::stop;
  }
  user_.use(claims_.indexOf(i), chunk);
  claims_.noteProgress();
  scratch_.made.push_back(i);
  if (scratch_.made.size() >=
      std::clamp<std::size_t>(kMostUnpublishedBytes / claims_.chunkBytes(), 1, kMostUnpublishedChunks))
    table_.publish(claims_, scratch_.made);
  return Next::goOn;
}

ChunkSink::Next ChunkMaker::fail(std::size_t i, std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const NotYet&) {
    // Go on: the other chunks are asked for meanwhile.
    isPending_ = true;
    return Next::goOn;
  } catch (...) {
    noteFailure(i);
  }
  return Next::stop;
}

/// To be called in a handler of the failure.
void ChunkMaker::noteFailure(std::size_t i) {
  const ChunkKey& key = claims_.keys()[i];
  ending_.failed = i;
  ending_.error = describeFailure(
      supply_.source, fmt::format("{}, chunk {}, {}, {}", describeLevel(supply_.source, key.image, key.level),
                                  key.chunk.x, key.chunk.y, key.chunk.z));
}

}  // namespace volary
