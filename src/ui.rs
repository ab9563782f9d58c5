//! Components: one file a component, named as on the screen.
