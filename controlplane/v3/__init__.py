"""Generated from the `.proto` files beside it: the part of xDS v3 that a gRPC client reads."""
