// Based on: HDF5 file format 3.0, IV.A.2.g "The Link Message".
#include "formats/hdf5/link.h"

#include "formats/hdf5/unsupported.h"

namespace volary::hdf5 {

namespace {

LinkKind kindOf(unsigned code) {
  switch (code) {
    case 0: return LinkKind::hard;
    case 1: return LinkKind::soft;
    case 64: return LinkKind::external;
    default: return LinkKind::other;
  }
}

}  // namespace

Link parseLink(Cursor cursor) {
  cursor.expectVersion(1);
  const unsigned flags = cursor.u8();
  const bool hasKind = (flags & 8u) != 0;
  const bool hasCreationOrder = (flags & 4u) != 0;
  const bool hasCharacterSet = (flags & 16u) != 0;
  Link link;
  if (hasKind) link.kind = kindOf(cursor.u8());
  if (hasCreationOrder) cursor.skip(8);
  if (hasCharacterSet) cursor.skip(1);
  link.name = cursor.text(cursor.number(1u << (flags & 3u)));
  switch (link.kind) {
    case LinkKind::hard: link.address = cursor.address(); break;
    case LinkKind::soft: link.target = cursor.text(cursor.u16()); break;
    case LinkKind::external: {
      Cursor value(cursor.take(cursor.u16()), cursor.widths(), "external link");
      value.skip(1);  // version and flags
      link.file = value.terminatedText();
      link.target = value.terminatedText();
      break;
    }
    case LinkKind::other: break;
  }
  return link;
}

}  // namespace volary::hdf5
