package configs

// Starter is what the classifier knows before its first label.
type Starter string

// The starters: the model that ships with winnow, or nothing.
const (
	StarterDefault Starter = "default"
	StarterNone    Starter = "none"
)

// UnmarshalText accepts the starters that exist, in lower case.
func (s *Starter) UnmarshalText(text []byte) error {
	return oneOf(s, text, StarterDefault, StarterNone)
}
