package models

// Outcome is what became of one of several submissions that were stored together.
type Outcome struct {
	Receipt
	// Err tells why this one alone was refused; nil if it was not.
	Err error
}
