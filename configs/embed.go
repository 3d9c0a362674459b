package configs

import _ "embed" // the example files below

//go:embed winnow.yaml
var example string

//go:embed policy.yaml
var defaultPolicy string

// Example returns the commented configuration file that ships with winnow, in
// which every key stands at its default value. The caller owns the bytes.
func Example() []byte { return []byte(example) }

// DefaultPolicy returns the commented policy file that ships with winnow and
// judges where there is no other. The caller owns the bytes.
func DefaultPolicy() []byte { return []byte(defaultPolicy) }
