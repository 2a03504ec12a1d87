#include "storage/pending_reads.h"

#include <cassert>
#include <utility>

namespace volary {

namespace {

thread_local PendingReads* currentReads = nullptr;

}  // namespace

PendingReads::PendingReads(ReadRank rank, std::shared_ptr<const ArrivalSignal> arrived)
    : rank_(rank), arrived_(std::move(arrived)) {
  assert(!currentReads);
  currentReads = this;
}

PendingReads::~PendingReads() { currentReads = nullptr; }

PendingReads* PendingReads::current() { return currentReads; }

}  // namespace volary
