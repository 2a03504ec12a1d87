"""Writes seeds for zip_fuzz.cpp: small archives, stored and deflated, in zip64 form, with folders and a comment."""
import pathlib
import sys
import zipfile

folder = pathlib.Path(sys.argv[1])
for label, compression, zip64 in (("stored", zipfile.ZIP_STORED, False), ("deflated", zipfile.ZIP_DEFLATED, False),
                                  ("zip64", zipfile.ZIP_STORED, True)):
    with zipfile.ZipFile(folder / label, "w", compression) as archive:
        for name in ("a", "in/b", "in/deep/ü"):
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=zip64) as file:
                file.write(name.encode() * 20)
        archive.comment = label.encode()
