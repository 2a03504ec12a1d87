// The transfer function: colour (not premultiplied) and opacity of a grey value, linear between the table's entries.
#ifndef VOLARY_TRANSFER_GLSL
#define VOLARY_TRANSFER_GLSL

#include "lib/bindings.glsl"

vec4 transferAt(float grey) {
  float at = clamp(grey, 0.0, 1.0) * float(kTransferEntries - 1u);
  uint entry = min(uint(at), kTransferEntries - 2u);
  return mix(transferTable[entry], transferTable[entry + 1u], at - float(entry));
}

#endif
