#include "paging/wanted.h"

#include "paging/brick_rater.h"
#include "pyramid/brick_map.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <queue>
#include <utility>

namespace volary {

namespace {

constexpr double kBiasSteps = 8.0;  // a power of two of detail in this many steps

/// A brick that the view could want.
struct Candidate {
  std::uint32_t image = 0;  ///< index
  int level = 0;
  ivec3 brick{0};
  BrickRating rating;
  double reach = std::numeric_limits<double>::infinity();  ///< wanted while 2^bias is below this
  /// Refined while 2^bias is below this.
  double refineBelow() const { return std::min(reach, rating.detail); }
};

/// An entry of the queue: largest `at` first; among equals, the one that came first.
struct Event {
  double at = 0.0;
  std::uint32_t index = 0;
  bool refine = false;  ///< refines a brick that was added, instead of adding one

  bool operator<(const Event& later) const { return at != later.at ? at < later.at : index > later.index; }
};
using Queue = std::priority_queue<Event, FrameVector<Event>>;

template <typename Visit>
void forEachBrick(const BrickRange& range, Visit&& visit) {
  ivec3 b;
  for (b.z = range.begin.z; b.z < range.end.z; ++b.z)
    for (b.y = range.begin.y; b.y < range.end.y; ++b.y)
      for (b.x = range.begin.x; b.x < range.end.x; ++b.x) visit(b);
}

/// An image, and how the view rates its bricks.
struct RatedImage {
  ImageId id;
  const std::vector<LevelInfo>* levels;
  BrickRater rater;
  bool inView = false;

  int coarsest() const { return static_cast<int>(levels->size()) - 1; }
  ivec3 grid(int level) const { return brickGrid((*levels)[static_cast<std::size_t>(level)]); }
  BrickRange allBricks(int level) const { return {.begin = ivec3(0), .end = grid(level)}; }
};

/// All images; a candidate's index counts these.
FrameVector<RatedImage> rateImages(const WantedInput& input) {
  FrameVector<RatedImage> images;
  images.reserve(input.images.size());
  for (const WantedImage& image : input.images) {
    RatedImage& rated = images.emplace_back(
        RatedImage{image.image, &image.pyramid->levels, BrickRater(image, input.regions, input.pixelsPerVoxel)});
    rated.inView = rated.rater.rateRange(rated.coarsest(), rated.allBricks(rated.coarsest())).inView;
  }
  return images;
}

/// Bricks of one level of each of some images.
struct LevelBricks {
  FrameVector<Candidate> bricks;
  bool complete = true;
  std::size_t visited = 0;
};

/// One level of an image.
struct LevelOfImage {
  std::uint32_t image = 0;
  int level = 0;
};

/// The bricks in view with the best scores, at most `limit`. Best first: blocks of bricks are halved in the order of
/// the best score that they can hold.
LevelBricks bestOfLevels(const FrameVector<RatedImage>& images, const FrameVector<LevelOfImage>& levels,
                         std::size_t limit) {
  struct Block {
    LevelOfImage of;
    BrickRange range;
    BrickRating rating;
  };
  FrameVector<Block> blocks;
  Queue queue;
  LevelBricks best;
  const auto push = [&](const LevelOfImage& of, const BrickRange& range) {
    ++best.visited;
    const BrickRater& rater = images[of.image].rater;
    const bool single = range.end - range.begin == ivec3(1);
    const BrickRating rating = single ? rater.rate(of.level, range.begin) : rater.rateRange(of.level, range);
    if (!rating.inView) return;
    queue.push({.at = rating.score(), .index = static_cast<std::uint32_t>(blocks.size())});
    blocks.push_back({of, range, rating});
  };

  for (const LevelOfImage& of : levels) push(of, images[of.image].allBricks(of.level));
  while (!queue.empty()) {
    const Block block = blocks[queue.top().index];
    queue.pop();
    const ivec3 size = block.range.end - block.range.begin;
    if (size == ivec3(1)) {
      if (best.bricks.size() == limit) {
        best.complete = false;
        break;
      }
      best.bricks.push_back(
          {.image = block.of.image, .level = block.of.level, .brick = block.range.begin, .rating = block.rating});
      continue;
    }
    const int axis = size.x >= size.y && size.x >= size.z ? 0 : size.y >= size.z ? 1 : 2;
    BrickRange low = block.range, high = block.range;
    low.end[axis] = high.begin[axis] = block.range.begin[axis] + size[axis] / 2;
    push(block.of, low);
    push(block.of, high);
  }
  return best;
}

/// The coarsest levels of the images in view (an only image counts as in view): whole if they take at most `wholeLimit`
/// slots, otherwise their bricks in view that fit `limit`.
LevelBricks coarsestBricks(const FrameVector<RatedImage>& images, std::size_t wholeLimit, std::size_t limit,
                           bool& whole) {
  FrameVector<LevelOfImage> levels;
  double count = 0.0;
  for (std::uint32_t i = 0; i < images.size(); ++i) {
    if (!images[i].inView && images.size() > 1) continue;
    levels.push_back({i, images[i].coarsest()});
    const glm::dvec3 grid(images[i].grid(levels.back().level));
    count += grid.x * grid.y * grid.z;
  }
  whole = count <= static_cast<double>(wholeLimit);
  if (!whole) return bestOfLevels(images, levels, limit);
  LevelBricks all;
  for (const LevelOfImage& of : levels) {
    const RatedImage& image = images[of.image];
    forEachBrick(image.allBricks(of.level), [&](const ivec3& brick) {
      all.bricks.push_back(
          {.image = of.image, .level = of.level, .brick = brick, .rating = image.rater.rate(of.level, brick)});
    });
  }
  all.visited = all.bricks.size();
  return all;
}

/// Adds to the coarsest bricks, in the order of falling `reach`, all that the view wants at bias 0, or the
/// first of them until there is one more than `budget`.
///
/// Best first as well: one queue holds the bricks that wait to be added, by reach, and those that wait to be
/// refined, by refineBelow. Neither ever exceeds what was taken from the queue before, so the order is final,
/// and any bias is a place where the list is cut. Returns how many bricks were looked at.
std::size_t addFinerBricks(const FrameVector<RatedImage>& images, std::size_t budget, FrameVector<Candidate>& added) {
  FrameVector<FrameVector<bool>> nests(images.size());  // by image and the finer level
  for (std::size_t i = 0; i < images.size(); ++i)
    for (std::size_t l = 0; images[i].inView && l + 1 < images[i].levels->size(); ++l)
      nests[i].push_back(bricksNest((*images[i].levels)[l], (*images[i].levels)[l + 1]));
  Queue events;
  std::size_t visited = 0;
  FrameVector<Candidate> waiting;
  FrameBrickSet known;  // of levels whose bricks have several parents
  FrameVector<double> parentDetail;

  const auto queueRefinement = [&](std::size_t index) {
    const Candidate& brick = added[index];
    if (brick.level > 0 && brick.refineBelow() > 1.0)
      events.push({.at = brick.refineBelow(), .index = static_cast<std::uint32_t>(index), .refine = true});
  };
  const auto add = [&](const Candidate& brick) {
    if (!nests[brick.image][brick.level] &&
        !known.insert({.image = images[brick.image].id, .level = brick.level, .brick = brick.brick}))
      return;
    added.push_back(brick);
    queueRefinement(added.size() - 1);
  };

  for (std::size_t i = 0; i < added.size(); ++i) queueRefinement(i);
  while (!events.empty() && added.size() <= budget) {
    const Event event = events.top();
    events.pop();
    if (!event.refine) {
      add(waiting[event.index]);
      continue;
    }
    const Candidate parent = added[event.index];
    const int level = parent.level - 1;
    const BrickRater& rater = images[parent.image].rater;
    const std::vector<LevelInfo>& levels = *images[parent.image].levels;
    rater.rateDetail(parent.level, parent.brick, parentDetail);
    forEachBrick(overlappingBricks(levels[parent.level], parent.brick, levels[level]), [&](const ivec3& brick) {
      ++visited;
      Candidate child{.image = parent.image, .level = level, .brick = brick};
      double reach = 0.0;
      child.rating = rater.rateChild(level, brick, parentDetail, reach);
      child.reach = std::min(reach, event.at);
      if (!child.rating.inView || child.reach <= 1.0) return;
      if (child.reach == event.at) {
        add(child);
      } else {
        events.push({.at = child.reach, .index = static_cast<std::uint32_t>(waiting.size())});
        waiting.push_back(child);
      }
    });
  }
  return visited;
}

/// How many of `added`, which fall in reach, are wanted at this bias.
std::size_t countAt(const FrameVector<Candidate>& added, double bias) {
  const double threshold = std::exp2(bias);
  const auto end = std::ranges::partition_point(added, [&](const Candidate& c) { return c.reach > threshold; });
  return static_cast<std::size_t>(end - added.begin());
}

/// The smallest step of the bias at which at most `budget` bricks are wanted.
double smallestBias(const FrameVector<Candidate>& added, std::size_t budget) {
  if (added.size() <= budget) return 0.0;
  double bias = std::max(0.0, std::ceil(kBiasSteps * std::log2(added[budget].reach)) / kBiasSteps);
  while (countAt(added, bias) > budget) bias += 1.0 / kBiasSteps;  // where rounding fell just short
  return bias;
}

double chooseBias(const FrameVector<Candidate>& added, std::size_t coarsest, std::size_t budget, double previous) {
  const double least = smallestBias(added, budget);
  const double current = std::ceil(kBiasSteps * previous) / kBiasSteps;
  if (least >= current) return least;
  const std::size_t withRoom = coarsest + (budget - coarsest) * 9 / 10;
  return std::min(current, smallestBias(added, withRoom));
}

/// Coarse levels first, then what is in view before what is not, then by score.
void writeRanked(const FrameVector<RatedImage>& images, const FrameVector<Candidate>& candidates,
                 const FrameVector<bool>& leaf, std::vector<WantedBrick>& bricks) {
  // Level, score and index in one number, because this sort is a good part of the plan. The bits of a float
  // that is not negative are in the order of its value.
  FrameVector<std::uint64_t> places;
  places.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    const auto score = static_cast<float>(candidate.rating.inView ? candidate.rating.score() : 0.0);
    const std::uint64_t worst = ~std::bit_cast<std::uint32_t>(score);
    // Counted from the coarsest, as images differ in levels: each has to be complete before any is sharp.
    const int finer = images[candidate.image].coarsest() - candidate.level;
    places.push_back(std::uint64_t(finer) << 59 | (worst & 0xffffffffu) << 27 | i);
  }
  std::ranges::sort(places);
  bricks.reserve(places.size());
  for (const std::uint64_t place : places) {
    const std::size_t index = place & ((1u << 27) - 1);
    const Candidate& candidate = candidates[index];
    const RatedImage& image = images[candidate.image];
    bricks.push_back({.key = {.image = image.id, .level = candidate.level, .brick = candidate.brick},
                      .pixelsPerVoxel = static_cast<float>(candidate.rating.pixelsPerVoxel),
                      .centreDistance = static_cast<float>(candidate.rating.centreDistance),
                      .leaf = leaf[index],
                      .coarsest = candidate.level == image.coarsest()});
  }
}

}  // namespace

void planWanted(const WantedInput& input, WantedSet& wanted) {
  const FrameVector<RatedImage> images = rateImages(input);
  const std::size_t budget = input.slotBudget;
  wanted.bricks.clear();
  wanted.planes.clear();
  wanted.bias = 0.0;
  wanted.levelCount = 0;
  const auto pinnedLevelOf = [&](const RatedImage& image) {
    return std::min(input.pinnedLevel.value_or(image.coarsest()), image.coarsest());
  };
  FrameVector<LevelOfImage> pinned;  // where that is not the coarsest
  for (std::uint32_t i = 0; i < images.size(); ++i) {
    wanted.levelCount = std::max(wanted.levelCount, images[i].coarsest() + 1);
    if (images[i].inView && pinnedLevelOf(images[i]) != images[i].coarsest())
      pinned.push_back({i, pinnedLevelOf(images[i])});
  }

  LevelBricks base = coarsestBricks(images, pinned.empty() ? budget : budget / 2, budget, wanted.wholeCoarsest);
  FrameVector<Candidate>& candidates = base.bricks;
  const std::size_t coarsestCount = candidates.size();
  wanted.fits = base.complete;
  wanted.visited = base.visited;
  double refineAbove = std::numeric_limits<double>::infinity();

  if (!pinned.empty()) {
    LevelBricks leaves = bestOfLevels(images, pinned, budget - coarsestCount);
    wanted.fits = wanted.fits && leaves.complete;
    wanted.visited += leaves.visited;
    candidates.insert(candidates.end(), leaves.bricks.begin(), leaves.bricks.end());
  } else if (!input.pinnedLevel && wanted.fits) {
    wanted.visited += addFinerBricks(images, budget, candidates);
    wanted.bias = chooseBias(candidates, coarsestCount, budget, input.previousBias);
    candidates.resize(countAt(candidates, wanted.bias));
    refineAbove = std::exp2(wanted.bias);
  }

  FrameVector<bool> leaf;
  for (const Candidate& candidate : candidates)
    leaf.push_back(candidate.rating.inView && candidate.refineBelow() <= refineAbove &&
                   (!input.pinnedLevel || candidate.level == pinnedLevelOf(images[candidate.image])));
  writeRanked(images, candidates, leaf, wanted.bricks);
}

}  // namespace volary
