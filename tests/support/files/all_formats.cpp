#include "support/files/all_formats.h"

#include "support/files/test_files.h"

namespace volary::test {

namespace {

constexpr const char* kWriteAll = R"(
import json, os, struct, tifffile, zipfile
shape, chunk = (40, 48, 56), 16
a = np.random.default_rng(3).integers(0, 60000, shape, dtype='u2')
grid = [-(-n // chunk) for n in shape]
def blocks():
    for z in range(grid[0]):
        for y in range(grid[1]):
            for x in range(grid[2]):
                yield (z, y, x), a[z * 16:z * 16 + 16, y * 16:y * 16 + 16, x * 16:x * 16 + 16]
def whole(block):
    return np.pad(block, [(0, chunk - n) for n in block.shape])
def dump(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    json.dump(value, open(path, 'w'))

os.makedirs('bdv')
with h5py.File('bdv/a.h5', 'w') as f:
    f['s00/resolutions'] = np.array([[1., 1., 1.]])
    f.create_dataset('t00000/s00/0/cells', data=a.view('i2'), chunks=(16, 16, 16), compression='gzip', fletcher32=True)
open('bdv/a.xml', 'w').write("<SpimData><BasePath type='relative'>.</BasePath><SequenceDescription><ImageLoader format='bdv.hdf5'>"
    "<hdf5 type='relative'>a.h5</hdf5></ImageLoader><ViewSetups><ViewSetup><id>0</id></ViewSetup></ViewSetups>"
    "<Timepoints type='range'><first>0</first><last>0</last></Timepoints></SequenceDescription></SpimData>")

with h5py.File('volume.h5', 'w') as f:
    f.create_dataset('volume', data=a, chunks=(16, 16, 16), compression='gzip')

def letters(text):
    return np.array([c.encode() for c in text], dtype='S1')
with h5py.File('image.ims', 'w', libver='earliest') as f:
    f.attrs['ImarisVersion'] = letters('5.5.0')
    image = f.create_group('DataSetInfo/Image')
    group = f.create_group('DataSet/ResolutionLevel 0/TimePoint 0/Channel 0')
    for letter, n in zip('ZYX', shape):
        image.attrs[letter] = letters(str(n))
        group.attrs['ImageSize' + letter] = letters(str(n))
    for axis in range(3):
        image.attrs[f'ExtMin{axis}'] = letters('0')
        image.attrs[f'ExtMax{axis}'] = letters(str(shape[2 - axis]))
    f.create_group('DataSetInfo/Channel 0')
    group.create_dataset('Data', data=a, chunks=(16, 16, 16), compression='gzip')

tifffile.imwrite('stack.tif', a, imagej=True, metadata={'axes': 'ZYX'})
tifffile.imwrite('tiles.tif', a, tile=(16, 16), compression='zlib', photometric='minisblack', metadata=None)
os.makedirs('planes')
for z in range(shape[0]):
    tifffile.imwrite(f'planes/plane_{z:03}.tif', a[z], compression='zlib', metadata=None)
names = [f'part_{i}.ome.tif' for i in range(2)]
data = ''.join(f'<TiffData FirstZ="{20 * i}" IFD="0" PlaneCount="20"><UUID FileName="{n}">urn:uuid:{i}</UUID></TiffData>'
               for i, n in enumerate(names))
os.makedirs('ome')
for i, n in enumerate(names):
    tifffile.imwrite('ome/' + n, a[20 * i:20 * i + 20], photometric='minisblack', metadata=None, description=
        f'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{i}"><Image ID="Image:0">'
        '<Pixels DimensionOrder="XYZCT" ID="Pixels:0" Type="uint16" SizeX="56" SizeY="48" SizeZ="40" SizeC="1" SizeT="1">'
        '<Channel ID="Channel:0"/>' + data + '</Pixels></Image></OME>')

dump('v2.zarr/.zarray', dict(zarr_format=2, shape=shape, chunks=[chunk] * 3, dtype='<u2', compressor=None, fill_value=0,
                             order='C', filters=None))
for at, block in blocks():
    whole(block).tofile('v2.zarr/' + '.'.join(map(str, at)))

codecs = [dict(name='bytes', configuration=dict(endian='little'))]
dump('shards.zarr/zarr.json', dict(zarr_format=3, node_type='array', shape=shape, data_type='uint16', fill_value=0,
    chunk_grid=dict(name='regular', configuration=dict(chunk_shape=[n * chunk for n in grid])),
    chunk_key_encoding=dict(name='default', configuration=dict(separator='/')),
    codecs=[dict(name='sharding_indexed', configuration=dict(chunk_shape=[chunk] * 3, codecs=codecs, index_codecs=codecs,
                                                             index_location='end'))]))
os.makedirs('shards.zarr/c/0/0')
with open('shards.zarr/c/0/0/0', 'wb') as f:
    index = b''
    for at, block in blocks():
        index += struct.pack('<QQ', f.tell(), 2 * chunk ** 3)
        f.write(whole(block).tobytes())
    f.write(index)

dump('image.n5/attributes.json', dict(dimensions=shape[::-1], blockSize=[chunk] * 3, dataType='uint16', compression=dict(type='raw')))
for at, block in blocks():
    os.makedirs(f'image.n5/{at[2]}/{at[1]}', exist_ok=True)
    with open(f'image.n5/{at[2]}/{at[1]}/{at[0]}', 'wb') as f:
        f.write(struct.pack('>HHIII', 0, 3, *block.shape[::-1]) + block.astype('>u2').tobytes())

with zipfile.ZipFile('image.zip', 'w') as z:
    z.write('v2.zarr/.zarray')
    for at, block in blocks():
        z.write('v2.zarr/' + '.'.join(map(str, at)), compress_type=zipfile.ZIP_DEFLATED)
a.tofile('voxels')
)";

}  // namespace

void writeAllFormats(const std::filesystem::path& folder) { runPython(folder, kWriteAll); }

}  // namespace volary::test
