package moderation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

// Saveable is a model that can be kept in a file.
type Saveable interface {
	Model
	SaveFile(path string, mark func(seq int64, documents int) (string, error)) error
	LoadFile(path string, check func(seq int64, mark string) (bool, error)) error
	FillCounts(ctx context.Context)
}

// Marker tells label logs apart.
type Marker interface {
	LabelMark(ctx context.Context, upTo int64) (models.LogMark, error)
}

const (
	// saveEvery is how old a change of the model becomes before it is saved, and
	// saveLabels how many entries are learnt before it is saved at the next look.
	saveEvery  = 5 * time.Minute
	saveLabels = 2000
	lookEvery  = 20 * time.Second
	// rebuildShare is how many times longer than a rebuild took one waits for the next.
	rebuildShare = 100
)

// errOther tells that the model is not what the label log makes.
var errOther = errors.New("the model is not that of the label log")

// Keeper keeps a learner's model in a file, so that a start need not learn everything
// again. The label log stays the truth: the file is used only if it is whole, was made
// by this winnow's way of learning, and of just the log that is stored.
//
// Erasing a comment deletes the file, because the model still knows by their hashes
// which words the comment had; it is written again after the model was rebuilt, which
// Run does then, beside the present one.
type Keeper struct {
	learner *Learner
	model   Saveable
	marks   Marker
	path    string
	log     *slog.Logger

	// loaded tells that the model is that of the log; the learner's mu guards it.
	loaded bool

	mu      sync.Mutex // held while the file is written or deleted
	spoilt  bool       // something was erased since the model was built
	saved   int64      // the last entry that the file has
	changed time.Time  // when the model was first seen to differ from the file; zero if it does not
	rebuilt time.Time
	took    time.Duration // by the last rebuild
}

// NewKeeper makes the keeper of a learner's model and tells the learner of it.
func NewKeeper(l *Learner, model Saveable, marks Marker, path string, log *slog.Logger) *Keeper {
	k := &Keeper{learner: l, model: model, marks: marks, path: path, log: log}
	l.keeper = k
	return k
}

// Load makes the model that of the label log: from the file and what was logged since,
// or anew from the whole log. A label that comes before it is called loads the model,
// too.
func (k *Keeper) Load(ctx context.Context) error {
	k.learner.mu.Lock()
	defer k.learner.mu.Unlock()
	return k.load(ctx)
}

// load is Load for one who holds the learner's mu.
func (k *Keeper) load(ctx context.Context) error {
	if k.loaded {
		return k.learner.catchUp(ctx)
	}
	begun := time.Now()
	err := k.model.LoadFile(k.path, func(seq int64, mark string) (bool, error) {
		now, err := k.marks.LabelMark(ctx, seq)
		return now.Digest == mark, err
	})
	if err == nil {
		k.loaded = true
		saved := k.model.Seq()
		k.mu.Lock()
		k.saved = saved
		k.mu.Unlock()
		if err := k.learner.catchUp(ctx); err != nil {
			return err
		}
		k.log.Info("model loaded", "file", k.path, "saved_at_seq", saved, "seq", k.model.Seq(), "took", time.Since(begun).Round(time.Millisecond))
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		k.log.Warn("the model is built anew from the labels", "reason", err)
		err = k.Forget()
	} else {
		err = nil
	}
	return errors.Join(err, k.timed(ctx, k.learner.rebuild))
}

// Forget deletes the file.
func (k *Keeper) Forget() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.remove()
}

func (k *Keeper) remove() error {
	k.saved = 0
	for _, path := range []string{k.path, k.path + ".new"} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete the saved model: %w", err)
		}
	}
	return nil
}

// erased deletes the file and has the model rebuilt before it is saved again.
func (k *Keeper) erased() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.spoilt = true
	return k.remove()
}

// built follows a rebuild: what was saved before may know of labels that are gone.
func (k *Keeper) built() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.loaded, k.spoilt = true, false
	return k.remove()
}

// timed rebuilds the model, and takes time.
func (k *Keeper) timed(ctx context.Context, rebuild func(context.Context) error) error {
	begun := time.Now()
	k.rebuilt = begun
	if err := rebuild(ctx); err != nil {
		return err
	}
	k.took = time.Since(begun)
	debug.FreeOSMemory() // it takes a few times what the model does
	return nil
}

// Save saves the model, if it has changed and nothing was erased since it was built.
func (k *Keeper) Save(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.spoilt || k.model.Seq() == k.saved {
		return nil
	}
	var at int64
	err := k.model.SaveFile(k.path, func(seq int64, documents int) (string, error) {
		mark, err := k.marks.LabelMark(ctx, seq)
		if err == nil && mark.Standing != documents {
			err = fmt.Errorf("%d lessons stand, %d documents were learnt: %w", mark.Standing, documents, errOther)
		}
		at = seq
		return mark.Digest, err
	})
	switch {
	case errors.Is(err, errOther):
		k.spoilt = true // a rebuild sets it right
		return k.remove()
	case err != nil:
		return err
	}
	k.saved = at
	return nil
}

// Run saves the model every few minutes if it has changed, until ctx ends. What goes
// wrong is logged: the next start then takes longer.
func (k *Keeper) Run(ctx context.Context) {
	k.model.FillCounts(ctx)
	debug.FreeOSMemory() // loading and filling took more than what is kept
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := k.look(ctx, time.Now()); err != nil && ctx.Err() == nil {
			k.log.Warn("the model was not saved", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look saves the model if it is time to.
func (k *Keeper) look(ctx context.Context, now time.Time) error {
	switch behind := k.behind(); {
	case behind == 0 && !k.isSpoilt():
		k.changed = time.Time{}
		return nil
	case k.changed.IsZero():
		k.changed = now
		if k.hasFile() && behind < saveLabels {
			return nil
		}
	case now.Sub(k.changed) < saveEvery && behind < saveLabels:
		return nil
	}
	if k.isSpoilt() {
		if now.Sub(k.rebuilt) < max(saveEvery, rebuildShare*k.took) {
			return nil
		}
		if err := k.timed(ctx, k.learner.Rebuild); err != nil {
			return err
		}
	}
	k.changed = time.Time{}
	return k.Save(ctx)
}

func (k *Keeper) behind() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.model.Seq() - k.saved
}

func (k *Keeper) hasFile() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.saved > 0
}

func (k *Keeper) isSpoilt() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.spoilt
}
