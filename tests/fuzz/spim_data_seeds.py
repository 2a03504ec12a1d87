"""Writes small BigDataViewer XMLs with what the real ones lack, or have only in more bytes."""
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
HEAD = '<?xml version="1.0" encoding="UTF-8"?><SpimData version="0.2"><BasePath type="relative">.</BasePath>'
SETUP = ('<ViewSetup><id>0</id><name>a</name><size>7 6 5</size><voxelSize><unit>um</unit><size>1 1 2</size></voxelSize>'
         '<attributes><channel>1</channel><angle>0</angle><displaysettings>0</displaysettings></attributes></ViewSetup>'
         '<Attributes name="displaysettings"><displaysettings><id>0</id><color>255 0 9 255</color><min>1</min><max>2e3</max>'
         '<isset>true</isset></displaysettings></Attributes>'
         '<Attributes name="angle"><Angle><id>0</id><name>left</name></Angle></Attributes>')
AFFINE = '<affine>1 0 0 0 0 1 0 0 0 0 2 0</affine>'
REGISTRATIONS = ('<ViewRegistrations><ViewRegistration timepoint="0" setup="0"><ViewTransform type="affine">'
                 f'<Name>x</Name>{AFFINE}</ViewTransform><ViewTransform type="affine">{AFFINE}</ViewTransform>'
                 '</ViewRegistration></ViewRegistrations>')
PARTITION = ('<partition><path type="relative">p.h5</path><timepoints>0 1</timepoints><timepointsMapped>0 5</timepointsMapped>'
             '<setups>0</setups></partition><partition><path>q.h5</path><timepointStart>0</timepointStart>'
             '<timepointLength>3</timepointLength><timepointOffset>1</timepointOffset><setupStart>0</setupStart>'
             '<setupLength>1</setupLength><setupOffset>0</setupOffset></partition>')
TIMEPOINTS = {
    "range": '<Timepoints type="range"><first>0</first><last>9</last></Timepoints>',
    "list": '<Timepoints type="list"><Timepoint><id>3</id></Timepoint><Timepoint><id>0</id></Timepoint></Timepoints>',
    "pattern": '<Timepoints type="pattern"><integerpattern>0-20:5,7,30-25</integerpattern></Timepoints>',
    "empty": '<Timepoints type="pattern"/>',
}
for name, timepoints in TIMEPOINTS.items():
    (folder / f"{name}.xml").write_text(
        f'{HEAD}<SequenceDescription><ImageLoader format="bdv.hdf5"><hdf5 type="relative">a.h5</hdf5>{PARTITION}</ImageLoader>'
        f'<ViewSetups>{SETUP}</ViewSetups>{timepoints}<MissingViews><MissingView timepoint="1" setup="0"/></MissingViews>'
        f'</SequenceDescription>{REGISTRATIONS}</SpimData>')
(folder / "legacy.xml").write_text(
    '<SequenceDescription><ImageLoader class="viewer.hdf5.Hdf5ImageLoader"><hdf5>a.h5</hdf5></ImageLoader>'
    '<ViewSetup><id>0</id><pixelWidth>1</pixelWidth><pixelHeight>1</pixelHeight><pixelDepth>2</pixelDepth></ViewSetup>'
    '<Timepoints type="range"><first>1</first><last>3</last></Timepoints></SequenceDescription>')
