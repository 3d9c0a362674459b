package control

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// known is a model's information with every field.
var known = models.ModelInfo{
	Version: "v", Ham: 3, Spam: 4, Features: 5,
	Sites:         []models.SiteLabels{{Site: "blog", Ham: 1, Spam: 2, Shared: true, Warmth: models.Warmth{Labels: 2, Needed: 42}}},
	StrongestSpam: []models.Evidence{{Token: "pills", Weight: 2.5}}, StrongestHam: []models.Evidence{{Token: "thanks", Weight: -1}},
}

func (r *record) ModelInfo(_ context.Context, site string, top int) (models.ModelInfo, error) {
	return known, r.note("model %s %d", site, top)
}

func (r *record) TrainModel(context.Context) (models.ModelInfo, error) {
	return known, r.note("train")
}

func (r *record) ResetModel(_ context.Context, site string) (int, error) {
	return 7, r.note("reset %s", site)
}

func TestRequestsAboutTheModelReachTheOwner(t *testing.T) {
	r := &record{}
	c := serve(t, t.TempDir(), r)
	if info, err := c.ModelInfo(t.Context(), "blog", 3); err != nil || !reflect.DeepEqual(info, known) {
		t.Errorf("info: %+v, %v", info, err)
	}
	if info, err := c.TrainModel(t.Context()); err != nil || !reflect.DeepEqual(info, known) {
		t.Errorf("train: %+v, %v", info, err)
	}
	if n, err := c.ResetModel(t.Context(), "blog"); err != nil || n != 7 {
		t.Errorf("reset: %d, %v", n, err)
	}
	if got, want := strings.Join(r.calls, "|"), "model blog 3|train|reset blog"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r.err = fmt.Errorf("site: %w", models.ErrNotFound)
	if _, err := c.ResetModel(t.Context(), "none"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
