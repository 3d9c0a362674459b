package client_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheManualShowsExamplesThatRun looks for every Go text of the manual in the
// examples, which run.
func TestTheManualShowsExamplesThatRun(t *testing.T) {
	manual, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	squeeze := func(b []byte) string { return strings.Join(strings.Fields(string(b)), " ") }
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(manual, -1)
	if len(blocks) < 5 {
		t.Errorf("only %d Go texts in the manual", len(blocks))
	}
	all := squeeze(examples)
	for _, block := range blocks {
		if !strings.Contains(all, squeeze(block[1])) {
			t.Errorf("no example has this:\n%s", block[1])
		}
	}
}
