"""BigDataViewer files for the window test, written by h5py: what others write, not what Volary does."""

import h5py
import numpy

SIZE = (48, 80, 96)  # z, y, x
FACTORS = ((1, 1, 1), (2, 2, 1), (4, 4, 2))  # x, y, z, as the file has them
CHUNK = (16, 16, 16)
SETUPS = (0, 5)
TIMEPOINTS = 3


def cells(setup, timepoint):
    """Soft balls on a gradient, different for each image, 12 bits of 16."""
    random = numpy.random.default_rng(100 * setup + timepoint)
    z, y, x = numpy.meshgrid(*(numpy.arange(n, dtype=numpy.float32) for n in SIZE), indexing="ij")
    volume = 40 + 60 * x / SIZE[2]
    for _ in range(14):
        cz, cy, cx = (random.uniform(0.1, 0.9) * n for n in SIZE)
        radius = random.uniform(5, 14)
        distance = numpy.sqrt((2 * (z - cz)) ** 2 + (y - cy) ** 2 + (x - cx) ** 2)
        volume = volume + random.uniform(800, 3000) / (1 + numpy.exp(numpy.minimum(distance - radius, 50)))
    return numpy.clip(volume + random.normal(0, 20, SIZE), 0, 4095).astype(numpy.uint16)


def reduce(volume, factor):
    """The mean of blocks; `factor` is x, y, z."""
    fx, fy, fz = factor
    nz, ny, nx = (n // f for n, f in zip(volume.shape, (fz, fy, fx)))
    blocks = volume[: nz * fz, : ny * fy, : nx * fx].reshape(nz, fz, ny, fy, nx, fx)
    return blocks.mean(axis=(1, 3, 5)).round().astype(numpy.uint16)


def write_dataset(xml_path):
    h5_path = xml_path[:-4] + ".h5"
    with h5py.File(h5_path, "w") as file:
        for setup in SETUPS:
            file["s%02d/resolutions" % setup] = numpy.array(FACTORS, dtype=float)
            file["s%02d/subdivisions" % setup] = numpy.array([CHUNK] * len(FACTORS), dtype=numpy.int32)
            for timepoint in range(TIMEPOINTS):
                volume = cells(setup, timepoint)
                for level, factor in enumerate(FACTORS):
                    data = reduce(volume, factor)
                    chunks = tuple(min(c, n) for c, n in zip(CHUNK, data.shape))
                    file.create_dataset("t%05d/s%02d/%d/cells" % (timepoint, setup, level), data=data.view(numpy.int16),
                                        chunks=chunks, compression="gzip", compression_opts=1)
    with open(xml_path, "w") as file:
        file.write(xml_text(h5_path.rsplit("/", 1)[-1]))
    return xml_path


def xml_text(h5_name):
    setups = "".join(
        "<ViewSetup><id>%d</id><name>channel %d</name><size>%d %d %d</size>"
        "<voxelSize><unit>um</unit><size>0.5 0.5 1</size></voxelSize></ViewSetup>" % (id, id, *reversed(SIZE))
        for id in SETUPS)
    registrations = "".join(
        '<ViewRegistration timepoint="%d" setup="%d"><ViewTransform type="affine"><affine>'
        "1 0 0 0 0 1 0 0 0 0 2 0</affine></ViewTransform></ViewRegistration>" % (t, s)
        for t in range(TIMEPOINTS) for s in SETUPS)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><SpimData version="0.2"><BasePath type="relative">.</BasePath>'
        '<SequenceDescription><ImageLoader format="bdv.hdf5"><hdf5 type="relative">%s</hdf5></ImageLoader>'
        '<ViewSetups>%s</ViewSetups><Timepoints type="range"><first>0</first><last>%d</last></Timepoints>'
        "</SequenceDescription><ViewRegistrations>%s</ViewRegistrations></SpimData>"
        % (h5_name, setups, TIMEPOINTS - 1, registrations))


def damage_chunk(xml_path):
    """Makes one chunk in the middle of the finest level undecodable."""
    with h5py.File(xml_path[:-4] + ".h5", "r+") as file:
        dataset = file["t00000/s00/0/cells"].id
        dataset.write_direct_chunk((16, 32, 32), b"no deflate stream" * 10)
