"""Writes Zeiss LSM and MetaMorph STK files as their makers describe them: TIFF with a tag or two that change what pages mean."""

import io
import struct

import numpy
from PIL import Image, TiffImagePlugin

SHORT, LONG, RATIONAL, BYTE = 3, 4, 5, 1
SIZES = {BYTE: 1, SHORT: 2, LONG: 4, RATIONAL: 8}


class TiffBytes:
    """A little-endian classic TIFF that grows: data, then directories that point to it."""

    def __init__(self):
        self.bytes = bytearray(b"II*\0\0\0\0\0")
        self.link = 4   # where the place of the next directory is to be written

    def add(self, data, align=2):
        """Appends data; returns their place, a multiple of `align`."""
        self.bytes += bytes(-len(self.bytes) % align)
        place = len(self.bytes)
        self.bytes += data
        return place

    def add_directory(self, tags):
        """`tags`: {tag: (type, count, values)}; the values as bytes."""
        entries = b""
        for tag, (kind, count, values) in sorted(tags.items()):
            value = values.ljust(4, b"\0") if len(values) <= 4 else struct.pack("<I", self.add(values))
            entries += struct.pack("<HHI", tag, kind, count) + value
        place = self.add(struct.pack("<H", len(tags)) + entries)
        self.bytes[self.link:self.link + 4] = struct.pack("<I", place)
        self.link = len(self.bytes)
        self.bytes += bytes(4)

    def write(self, path):
        with open(path, "wb") as file:
            file.write(self.bytes)


def numbers(kind, *values):
    return kind, len(values), struct.pack(f"<{len(values)}{ {BYTE: 'B', SHORT: 'H', LONG: 'I'}[kind] }", *values)


def lzw(plane):
    """A plane as libtiff packs it, in one strip."""
    file = io.BytesIO()
    Image.fromarray(plane).save(file, "TIFF", compression="tiff_lzw", tiffinfo={278: plane.shape[0]})
    tags = TiffImagePlugin.ImageFileDirectory_v2(file.getvalue()[:8])
    file.seek(tags.next)
    tags.load(file)
    assert len(tags[273]) == 1 and tags.get(317, 1) == 1
    return file.getvalue()[tags[273][0]:tags[273][0] + tags[279][0]]


def page_tags(shape, dtype, offsets, byte_counts, reduced=False, compression=1):
    """Tags of a page [sample, y, x] whose samples are strips of their own."""
    samples, height, width = shape
    return {254: numbers(LONG, int(reduced)), 256: numbers(LONG, width), 257: numbers(LONG, height),
            258: numbers(SHORT, *samples * [dtype.itemsize * 8]), 259: numbers(SHORT, compression),
            262: numbers(SHORT, 2 if samples > 1 else 1), 273: numbers(LONG, *offsets), 277: numbers(SHORT, samples),
            278: numbers(LONG, height), 279: numbers(LONG, *byte_counts), 284: numbers(SHORT, 2 if samples > 1 else 1)}


def lsm_info(info, colours_place, scan_type, voxel_size, positions):
    """The structure of tag 34412, release 4.2; `voxel_size` x, y, z in metres."""
    frames, channels, planes, height, width = info
    head = struct.pack("<IiiiiiiiII", 0x0400494C, 380, width, height, planes, channels, frames, 0, 8, 8)
    head += struct.pack("<dddddd", *voxel_size, 0, 0, 0) + struct.pack("<HHI", scan_type, 0, 0)
    head += struct.pack("<IIII", 0, 0, 0, colours_place) + struct.pack("<d", 1.5)
    head = head.ljust(264, b"\0") + struct.pack("<ii", positions if positions > 1 else 0, 0)
    return head.ljust(380, b"\0")


def channel_colours(colours, names):
    listed = b"".join(struct.pack("<BBBB", *colour, 0) for colour in colours)
    texts = b"".join(struct.pack("<I", len(name) + 1) + name.encode() + b"\0" for name in names)
    size = 24 + len(listed) + len(texts)
    return struct.pack("<IIIIII", size, len(colours), len(names), 24, 24 + len(listed), 0) + listed + texts


def write_lsm(path, volume, scan_type=0, voxel_size=(1e-7, 1e-7, 5e-7), colours=(), names=(), compressed=False, stated=None,
              order="tz", positions=1):
    """`volume` is [position * time, channel, z, y, x] or, in the order "zt", stored with the time fastest. A thumbnail
    follows each page. `stated`: the sizes that the LSM information gives, where they are not the volume's."""
    tiff = TiffBytes()
    images, channels, planes, height, width = volume.shape
    colours_place = tiff.add(channel_colours(colours, names)) if colours else 0
    frames = images // positions
    info = lsm_info(stated or (frames, channels, planes, height, width), colours_place, scan_type, voxel_size, positions)
    places = [(t, z) for t in range(images) for z in range(planes)]
    if order == "zt":
        places.sort(key=lambda place: place[1])
    for number, (t, z) in enumerate(places):
        samples = volume[t, :, z]
        stored = [lzw(sample) if compressed else sample.tobytes() for sample in samples]
        tags = page_tags(samples.shape, volume.dtype, [tiff.add(strip, align=1) for strip in stored],
                         # For packed data, too, this is the number of bytes when unpacked.
                         [sample.nbytes for sample in samples], compression=5 if compressed else 1)
        if number == 0:
            tags[34412] = BYTE, len(info), info
        thumbnail = numpy.ascontiguousarray(samples[:, ::4, ::4])
        below = page_tags(thumbnail.shape, volume.dtype, [tiff.add(sample.tobytes(), align=1) for sample in thumbnail],
                          [sample.nbytes for sample in thumbnail], reduced=True)
        for page in (tags, below):
            if channels == 2:   # they are stored elsewhere, although they would fit
                page[258] = SHORT, 2, struct.pack("<I", tiff.add(page[258][2]))
            tiff.add_directory(page)
    tiff.write(path)


def write_large_lsm(path, volume, gap, thumbnails_first=False):
    """Like write_lsm, but several GiB large, with a hole of `gap` bytes before each page's data. The directories come
    first; of places beyond 4 GiB they hold the lower 32 bits alone."""
    tiff, data = TiffBytes(), []
    frames, channels, planes, height, width = volume.shape
    info, end = lsm_info(volume.shape, 0, 6, (1e-7, 1e-7, 1e-6), 1), 1 << 20
    for t, z in numpy.ndindex(frames, planes):
        samples = volume[t, :, z]
        thumbnail = numpy.ascontiguousarray(samples[:, ::4, ::4])
        end += gap
        places = {}
        for reduced in (True, False) if thumbnails_first else (False, True):
            array = thumbnail if reduced else samples
            places[reduced] = [end + i * array[0].nbytes for i in range(channels)]
            data.append((end, array.tobytes()))
            end += array.nbytes
        for reduced, array in ((False, samples), (True, thumbnail)):
            tags = page_tags(array.shape, volume.dtype, [place % 2**32 for place in places[reduced]], channels * [array[0].nbytes], reduced)
            if (t, z) == (0, 0) and not reduced:
                tags[34412] = BYTE, len(info), info
            tiff.add_directory(tags)
    assert len(tiff.bytes) < 1 << 20
    tiff.write(path)
    with open(path, "r+b") as file:
        for place, voxels in data:
            file.seek(place)
            file.write(voxels)


def write_stk(path, volume, distances, milliseconds, calibration=None, unit="um", name="", rows=5):
    """`volume` [plane, y, x]: one page, in strips of some rows, and all other planes behind it. `calibration` is x, y."""
    tiff = TiffBytes()
    planes, height, width = volume.shape
    place = tiff.add(volume.tobytes())
    row = width * volume.dtype.itemsize
    begins = range(0, height, rows)
    tags = page_tags((1, height, width), volume.dtype, [place + y * row for y in begins], [min(rows, height - y) * row for y in begins])
    tags[278] = numbers(LONG, rows)
    uic2 = b"".join(struct.pack("<IIIIII", round(1000 * distance), 1000, 2459000, time, 2459000, time)
                    for distance, time in zip(distances, milliseconds))
    uic3 = struct.pack("<II", 488, 1) * planes
    tags[33629], tags[33630] = (RATIONAL, planes, uic2), (RATIONAL, planes, uic3)
    pairs = [(0, 1), (1, 3), (2, 4000), (3, int(calibration is not None))]
    for key, number in zip((4, 5), calibration or ()):
        pairs.append((key, tiff.add(struct.pack("<II", round(10000 * number), 10000))))
    for key, text in ((6, unit), (7, name)):
        pairs.append((key, tiff.add(struct.pack("<I", len(text) + 1) + text.encode() + b"\0")))
    tags[33628] = LONG, len(pairs), b"".join(struct.pack("<II", *pair) for pair in pairs)
    tiff.add_directory(tags)
    tiff.write(path)
