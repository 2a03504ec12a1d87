// The numbers by which a compute pipeline and its shaders know each other's bindings and specialization constants.
#ifndef VOLARY_SHARED_PIPELINE_H
#define VOLARY_SHARED_PIPELINE_H

#include "shared.h"

VOLARY_SHARED_BEGIN

// The bindings of descriptor set 0; engine/render/compute_pipelines.h states their types.
VOLARY_SHARED_CONST uint kBindingDraw = 0u;        // DrawParams: if there are several images, what all of them share
VOLARY_SHARED_CONST uint kBindingPageCache = 1u;   // where it is an image
VOLARY_SHARED_CONST uint kBindingCellRanges = 2u;  // of its bricks
VOLARY_SHARED_CONST uint kBindingPicture = 3u;
VOLARY_SHARED_CONST uint kBindingScene = 4u;  // SceneParams and the lists that follow, of several images

// kConstantX is the number of the constant kX, whose declaration says what it means.
VOLARY_SHARED_CONST uint kConstantBufferVoxelBits = 0u;
VOLARY_SHARED_CONST uint kConstantLighting = 1u;
VOLARY_SHARED_CONST uint kConstantSkipping = 2u;
VOLARY_SHARED_CONST uint kConstantPlanes = 3u;
VOLARY_SHARED_CONST uint kConstantFades = 4u;
// From here on they are 0 except in special pictures. A driver inlines all functions first and only then removes the
// code that a constant disables; most of its time goes into that. A shader that is compiled for plain pictures
// (VOLARY_PLAIN) does not contain this code.
VOLARY_SHARED_CONST uint kFirstSpecialConstant = 5u;
VOLARY_SHARED_CONST uint kConstantCountSamples = 5u;
VOLARY_SHARED_CONST uint kConstantDense = 6u;
VOLARY_SHARED_CONST uint kConstantNearest = 7u;
VOLARY_SHARED_CONST uint kConstantPinned = 8u;
VOLARY_SHARED_CONST uint kConstantFeedback = 9u;
VOLARY_SHARED_CONST uint kConstantResolution = 10u;
VOLARY_SHARED_CONST uint kConstantIntegrates = 11u;
VOLARY_SHARED_CONST uint kConstantJitters = 12u;
VOLARY_SHARED_CONST uint kConstantSlab = 13u;
VOLARY_SHARED_CONST uint kConstantCount = 14u;

VOLARY_SHARED_END

#endif
