// volary-hdf5-helper: answers questions of GuardedHdf5File with the HDF5 library.
#include "base/bytes.h"
#include "base/os/child_process.h"
#include "formats/hdf5_image/library/library_hdf5_file.h"
#include "formats/hdf5_image/library/question_packets.h"

using namespace volary;

namespace {

// Far more than any question needs; a damaged file can make the library ask for all that there is.
constexpr std::uint64_t kMoreMemory = 2 * kGiB;

std::vector<std::byte> answerQuestion(std::span<const std::byte> question) {
  PacketReader in(question);
  PacketWriter out;
  const std::uint64_t number = in.number();
  // Opened anew for each question, which asks for what is in the file now.
  const LibraryHdf5File file(in.text());
  Hdf5QuestionList::answer(number, file, in, out);
  return out.take();
}

}  // namespace

int main() {
  os::limitMoreMemory(kMoreMemory);
  os::serveParent(answerQuestion);
  return 0;
}
