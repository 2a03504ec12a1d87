#version 460

layout(location = 0) in vec4 clipPosition;
layout(location = 1) in vec4 colour;
layout(location = 0) flat out vec4 lineColour;

void main() {
  gl_Position = clipPosition;
  lineColour = colour;
}
