#include "streaming/request_queue.h"

#include <catch2/catch_test_macros.hpp>

#include <random>
#include <set>

using namespace volary;

namespace {

BrickKey key(int x) { return {.image = {}, .level = 0, .brick = {x, 0, 0}}; }

std::vector<BrickKey> keys(std::initializer_list<int> places) {
  std::vector<BrickKey> made;
  for (const int x : places) made.push_back(key(x));
  return made;
}

/// Begins all that may be begun.
std::vector<BrickTicket> beginAll(RequestQueue& queue) {
  std::vector<BrickTicket> tickets;
  while (const auto ticket = queue.tryBegin()) tickets.push_back(*ticket);
  return tickets;
}

void finish(RequestQueue& queue, const BrickTicket& ticket) {
  queue.finish(ticket, {.key = ticket.key, .voxels = {}, .error = {}});
}

}  // namespace

TEST_CASE("what is begun follows the newest list's order, whatever lists came before") {
  RequestQueue queue(100, 2);
  queue.replace(keys({5, 3, 9, 1}), {});
  CHECK(queue.tryBegin()->key == key(5));
  queue.replace(keys({9, 5, 4, 3}), {});
  CHECK(queue.tryBegin()->key == key(9));
  queue.replace(keys({1, 4, 9, 5, 3}), {});
  std::vector<int> order;
  for (const BrickTicket& ticket : beginAll(queue)) order.push_back(ticket.key.brick.x);
  CHECK(order == std::vector{1, 4, 3});
  CHECK(queue.counts().queued == 0);
  CHECK(queue.counts().inFlight == 5);
}

TEST_CASE("a ticket is stale when its brick is in neither list, and its brick may then be begun again") {
  RequestQueue queue(100, 2);
  queue.replace(keys({1, 2}), {});
  std::vector<BrickTicket> tickets = beginAll(queue);
  CHECK(!queue.dropIfStale(tickets[0]));
  queue.replace(keys({2}), {});
  CHECK(queue.dropIfStale(tickets[0]));
  CHECK(!queue.dropIfStale(tickets[1]));
  CHECK(queue.counts().dropped == 1);
  CHECK(queue.counts().inFlight == 1);
  queue.replace(keys({2, 1}), {});
  tickets = beginAll(queue);
  REQUIRE(tickets.size() == 1);
  CHECK(tickets[0].key == key(1));

  // Wanted again before its worker looked: it never was stale.
  queue.replace({}, {});
  queue.replace(keys({1}), {});
  CHECK(!queue.dropIfStale(tickets[0]));
  CHECK(beginAll(queue).empty());
}

TEST_CASE("what was given back has its turn again") {
  RequestQueue queue(100, 2);
  queue.replace(keys({1, 2}), keys({3}));
  const std::vector<BrickTicket> tickets = beginAll(queue);
  REQUIRE(tickets.size() == 3);
  queue.giveBack(tickets[2]);
  queue.giveBack(tickets[0]);
  const std::vector<BrickTicket> again = beginAll(queue);
  REQUIRE(again.size() == 2);
  CHECK(again[0].key == key(1));
  CHECK(again[1].key == key(3));
  CHECK(queue.counts().dropped == 0);
}

TEST_CASE("what was postponed comes after what is wanted, and what was postponed ahead after the prefetch list") {
  RequestQueue queue(100, 4);
  queue.replace(keys({1, 2}), keys({11, 12}));
  queue.postpone(*queue.tryBegin());
  std::vector<BrickTicket> tickets;
  for (int i = 0; i < 3; ++i) tickets.push_back(*queue.tryBegin());
  CHECK(tickets[0].key == key(2));
  CHECK(tickets[1].key == key(1));
  CHECK(tickets[2].key == key(11));
  queue.postpone(tickets[2]);
  CHECK(queue.counts().queuedAhead == 2);
  const std::vector<BrickTicket> rest = beginAll(queue);
  REQUIRE(rest.size() == 2);
  CHECK(rest[0].key == key(12));
  CHECK(rest[1].key == key(11));
  CHECK(rest[1].ahead);
}

TEST_CASE("the prefetch list waits for the wanted one, takes few workers and a part of the room") {
  RequestQueue queue(8, 2);
  queue.replace(keys({1, 2}), keys({11, 12, 13}));
  CHECK(!queue.tryBegin()->ahead);
  const BrickTicket wanted = *queue.tryBegin();
  CHECK(wanted.key == key(2));
  CHECK(queue.counts().queuedAhead == 3);
  CHECK(beginAll(queue).empty());  // two of eight are open
  finish(queue, wanted);
  CHECK(queue.take(1).size() == 1);
  const std::vector<BrickTicket> ahead = beginAll(queue);
  REQUIRE(ahead.size() == 1);
  CHECK(ahead[0].ahead);
  CHECK(ahead[0].key == key(11));

  RequestQueue roomy(100, 2);
  roomy.replace({}, keys({11, 12, 13}));
  CHECK(beginAll(roomy).size() == 2);  // as many as may work for the prefetch list
}

TEST_CASE("what is made for the prefetch list gives way to what is queued, goes on where it is wanted itself") {
  RequestQueue queue(100, 2);
  queue.replace({}, keys({11, 12}));
  std::vector<BrickTicket> ahead = beginAll(queue);
  REQUIRE(ahead.size() == 2);
  queue.replace(keys({1, 12}), keys({11}));
  CHECK(queue.dropIfStale(ahead[0]));
  CHECK(!queue.dropIfStale(ahead[1]));
  CHECK(!ahead[1].ahead);
  std::vector<BrickTicket> next = beginAll(queue);
  REQUIRE(next.size() == 2);
  CHECK(next[0].key == key(1));
  CHECK(!next[0].ahead);
  CHECK(next[1].key == key(11));
  CHECK(next[1].ahead);
  // Nothing is queued: there is nobody to give way to, although the lists are new.
  queue.replace(keys({1, 12}), keys({11}));
  CHECK(beginAll(queue).empty());
  CHECK(!queue.dropIfStale(next[1]));
  finish(queue, next[1]);
  CHECK(queue.counts().finishedAhead == 1);
  CHECK(queue.take(10).front().ahead);
}

TEST_CASE("what was wanted and is only on the prefetch list now counts as such") {
  RequestQueue queue(100, 1);
  queue.replace(keys({1}), {});
  BrickTicket ticket = *queue.tryBegin();
  queue.replace({}, keys({1, 2}));
  CHECK(!queue.dropIfStale(ticket));
  CHECK(ticket.ahead);
  CHECK(!queue.tryBegin());  // the one worker that the list may have is that one
  finish(queue, ticket);
  CHECK(queue.tryBegin()->key == key(2));
}

TEST_CASE("under any sequence of lists every brick begun is finished or dropped, and none is begun twice") {
  std::mt19937 random(11);
  RequestQueue queue(12, 3);
  std::vector<BrickTicket> tickets;
  std::set<int> inFlight;
  std::uint64_t begun = 0, ended = 0;
  for (int step = 0; step < 100'000; ++step) {
    switch (random() % 6) {
      case 0: {
        std::vector<BrickKey> wanted, ahead;
        for (int i = 0; i < 10; ++i) wanted.push_back(key(static_cast<int>(random() % 40)));
        for (int i = 0; i < 10; ++i) ahead.push_back(key(static_cast<int>(random() % 40)));
        queue.replace(wanted, ahead);
        break;
      }
      case 1:
        if (const auto ticket = queue.tryBegin()) {
          ++begun;
          REQUIRE(inFlight.insert(ticket->key.brick.x).second);
          tickets.push_back(*ticket);
        }
        break;
      case 2:
        if (!tickets.empty() && queue.dropIfStale(tickets.back())) {
          ++ended;
          inFlight.erase(tickets.back().key.brick.x);
          tickets.pop_back();
        }
        break;
      case 3:
        if (!tickets.empty()) {
          ++ended;
          queue.postpone(tickets.back());
          inFlight.erase(tickets.back().key.brick.x);
          tickets.pop_back();
        }
        break;
      case 4:
        if (!tickets.empty()) {
          finish(queue, tickets.front());
          inFlight.erase(tickets.front().key.brick.x);
          tickets.erase(tickets.begin());
        }
        break;
      default: ended += queue.take(random() % 4).size();
    }
    const RequestCounts counts = queue.counts();
    REQUIRE(counts.inFlight == tickets.size());
    REQUIRE(counts.inFlight + counts.waiting <= 12);
    REQUIRE(begun == ended + counts.inFlight + counts.waiting);
  }
  CHECK(queue.counts().dropped > 1000);
  CHECK(queue.counts().finished > 1000);
}
