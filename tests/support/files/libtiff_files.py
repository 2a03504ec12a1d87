"""Writes and reads TIFF files with libtiff itself: each compression that it has, with its predictors, in both byte
orders."""

import ctypes
import ctypes.util

import numpy

LIBRARY = ctypes.CDLL(ctypes.util.find_library("tiff"))
LIBRARY.TIFFOpen.restype = ctypes.c_void_p
for name in ("TIFFWriteEncodedStrip", "TIFFReadEncodedStrip", "TIFFWriteRawStrip", "TIFFReadRawStrip"):
    getattr(LIBRARY, name).restype = ctypes.c_ssize_t
QUIET = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)(lambda *_: None)
LIBRARY.TIFFSetWarningHandler(QUIET)

NONE, RLE, FAX3, FAX4, LZW, JPEG, DEFLATE = 1, 2, 3, 4, 5, 7, 8
NEXT, RLE_WORDS, PACKBITS, THUNDERSCAN, OLD_DEFLATE = 32766, 32771, 32773, 32809, 32946
JBIG, LERC, LZMA, ZSTD, WEBP = 34661, 34887, 34925, 50000, 50001
WEBP_LOSSLESS, SAMPLE_FORMAT, PREDICTOR = 65569, 339, 317


def has(compression):
    return bool(LIBRARY.TIFFIsCODECConfigured(compression))


def write(path, array, compression, order="<", predictor=1, rows=8, bits=None, extra=()):
    """Writes `array` [y, x] or [y, x, sample]; an array of bool with one bit a sample. `extra`: further tags and their
    numbers."""
    height, width, samples = (*array.shape, 1)[:3]
    kind = array.dtype.kind
    tags = [(256, width), (257, height), (258, bits or (1 if kind == "b" else array.dtype.itemsize * 8)), (277, samples), (284, 1),
            (262, 2 if samples == 3 else 1), (278, rows), (SAMPLE_FORMAT, {"i": 2, "f": 3}.get(kind, 1)), (259, compression), *extra]
    if predictor != 1:
        tags.append((PREDICTOR, predictor))
    if order == ">" and predictor == 3:
        # This predictor has a byte order of its own, the same in both kinds of file; in big-endian files libtiff 4.5
        # writes another one.
        write(path + ".little", array, compression, "<", predictor, rows, bits, extra)
        strips, function = read_raw(path + ".little"), LIBRARY.TIFFWriteRawStrip
    else:
        function = LIBRARY.TIFFWriteEncodedStrip
        parts = (array[begin:begin + rows] for begin in range(0, height, rows))
        strips = [(numpy.packbits(part, axis=1) if kind == "b" else numpy.ascontiguousarray(part)).tobytes() for part in parts]
    handle = ctypes.c_void_p(LIBRARY.TIFFOpen(path.encode(), b"wl" if order == "<" else b"wb"))
    assert handle.value
    for tag, value in tags:
        assert LIBRARY.TIFFSetField(handle, ctypes.c_uint32(tag), ctypes.c_int(value)), tag
    for number, strip in enumerate(strips):
        assert function(handle, ctypes.c_uint32(number), strip, ctypes.c_ssize_t(len(strip))) == len(strip)
    LIBRARY.TIFFClose(handle)


def read_raw(path):
    """The strips as they are stored."""
    handle = ctypes.c_void_p(LIBRARY.TIFFOpen(path.encode(), b"r"))
    strips = []
    for number in range(LIBRARY.TIFFNumberOfStrips(handle)):
        place = ctypes.create_string_buffer(1 << 20)
        size = LIBRARY.TIFFReadRawStrip(handle, ctypes.c_uint32(number), place, ctypes.c_ssize_t(len(place)))
        strips.append(place.raw[:size])
    LIBRARY.TIFFClose(handle)
    return strips


def read(path, shape, dtype, rows=8):
    """What libtiff decodes: the oracle for what is not stored exactly."""
    # m: no memory map, in which rows of RLE_WORDS could begin at odd places.
    handle = ctypes.c_void_p(LIBRARY.TIFFOpen(path.encode(), b"rm"))
    array = numpy.zeros(shape, dtype)
    for strip, begin in enumerate(range(0, shape[0], rows)):
        part = array[begin:begin + rows]
        place = ctypes.c_void_p(part.ctypes.data)
        assert LIBRARY.TIFFReadEncodedStrip(handle, ctypes.c_uint32(strip), place, ctypes.c_ssize_t(part.nbytes)) == part.nbytes
    LIBRARY.TIFFClose(handle)
    return array
