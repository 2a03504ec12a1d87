"""Writes small OME-XML: TiffData with and without each attribute, files by name, channels of several samples."""
import itertools
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])

for number, (ifd, count, uuid, samples) in enumerate(itertools.product(*[(False, True)] * 4)):
    planes = "".join(
        f'<TiffData FirstZ="{z}" FirstC="0" FirstT="0"{f" IFD=%s{z}%s" % (chr(34), chr(34)) if ifd else ""}'
        f'{" PlaneCount=%s1%s" % (chr(34), chr(34)) if count else ""}>'
        + (f'<UUID FileName="z{z}.ome.tif">urn:uuid:{z}</UUID>' if uuid else "") + "</TiffData>" for z in range(3))
    (folder / f"{number}.ome").write_text(
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:me">'
        '<Image ID="Image:0" Name="a"><Pixels DimensionOrder="XYCZT" ID="Pixels:0" Type="uint8" SizeX="9" SizeY="8" '
        f'SizeZ="3" SizeC="{3 if samples else 1}" SizeT="2" PhysicalSizeX="0.5" PhysicalSizeXUnit="nm" PhysicalSizeZ="2">'
        f'<Channel ID="Channel:0" Name="c" Color="-16776961" SamplesPerPixel="{3 if samples else 1}"/>{planes}'
        '<Plane TheZ="0" TheC="0" TheT="0" PositionX="5" PositionXUnit="mm"/></Pixels></Image></OME>')
