package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/identity"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/moderation"
	"github.com/winnowd/winnow/store"
)

// KeyFile is the name of the identity key's file in the data directory.
const KeyFile = "winnow.key"

// keptFiles are the files of a data directory that a backup holds beside the database.
func keptFiles() []string { return []string{KeyFile, "policy.yaml"} }

// ownFiles are those that a daemon works with.
func ownFiles() []string {
	return append(keptFiles(), store.FileName, store.FileName+"-wal", store.FileName+"-shm", ModelFile, control.LockFile, "winnow.sock")
}

// entrust gives what root made in a data directory of another user's to that one.
func entrust(cfg *configs.Config) error {
	return store.Entrust(cfg.DataDir, store.FileName, store.FileName+"-wal", store.FileName+"-shm", KeyFile, ModelFile, control.LockFile)
}

// archive is what concerns all that is stored.
type archive struct {
	admin
	cfg        *configs.Config
	moderation *moderation.Service
}

func (a archive) site(ctx context.Context, name string) (*models.Site, error) {
	sites, err := a.store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		if s.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("site %q: %w", name, models.ErrNotFound)
}

func (a archive) Import(ctx context.Context, site string, entries []models.HistoryEntry) (models.Imported, error) {
	s, err := a.site(ctx, site)
	if err != nil {
		return models.Imported{}, err
	}
	return a.moderation.Import(ctx, s, entries)
}

func (a archive) EraseComments(ctx context.Context, refs []models.CommentRef) (int, error) {
	n, err := a.moderation.EraseAll(ctx, refs, models.System) // the audit log says who
	if n == 0 {
		return n, err
	}
	// Whose comments they were is just what is not to be kept.
	return n, errors.Join(err, a.note(ctx, "erase", refs[0].Site, map[string]any{"comments": n}))
}

func (a archive) Backup(ctx context.Context, path string, replace bool) (models.Backup, error) {
	if !filepath.IsAbs(path) {
		return models.Backup{}, fmt.Errorf("back up to %q: not an absolute path: %w", path, models.ErrInvalid)
	}
	if a.own(path) {
		return models.Backup{}, fmt.Errorf("back up: %s is what winnow works with, choose another name: %w", path, models.ErrInvalid)
	}
	files := map[string][]byte{}
	for _, name := range keptFiles() {
		content, err := os.ReadFile(filepath.Join(a.cfg.DataDir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return models.Backup{}, fmt.Errorf("back up: %w", err)
		}
		files[name] = content
	}
	return a.store.Backup(ctx, path, replace, files)
}

// own tells whether a path is that of a file that winnow works with.
func (a archive) own(path string) bool {
	if !slices.Contains(ownFiles(), filepath.Base(path)) {
		return false
	}
	there, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return false
	}
	here, err := os.Stat(a.cfg.DataDir)
	return err == nil && os.SameFile(here, there)
}

func (a archive) Export(ctx context.Context, siteID, after, upTo int64) (*models.ExportPage, error) {
	return a.store.Export(ctx, siteID, after, upTo)
}

func (a archive) PolicyText(ctx context.Context, version string) (string, error) {
	return a.store.PolicyText(ctx, version)
}

func (a archive) FindComments(ctx context.Context, q models.PersonQuery) (*models.PersonPage, error) {
	return a.store.FindComments(ctx, q)
}

// ModelFile is the name of the saved model's file in the data directory.
const ModelFile = "winnow.model"

// unborn is the model where no daemon runs: it has learnt nothing, and has to learn
// nothing, because the next start folds what the saved model lacks, or the whole log.
type unborn struct{}

func (unborn) Seq() int64                                                       { return math.MaxInt64 }
func (unborn) Fold(models.LogEntry) error                                       { return nil }
func (unborn) Rebuild(context.Context, iter.Seq2[models.LogEntry, error]) error { return nil }
func (unborn) FillCounts(context.Context)                                       {}

func (unborn) SaveFile(string, func(int64, int) (string, error)) error  { return models.ErrNotFound }
func (unborn) LoadFile(string, func(int64, string) (bool, error)) error { return nil }

// modelKeeper keeps a model in the data directory.
func modelKeeper(cfg *configs.Config, l *moderation.Learner, m moderation.Saveable, s *store.Store, log *slog.Logger) *moderation.Keeper {
	return moderation.NewKeeper(l, m, s, filepath.Join(cfg.DataDir, ModelFile), log.With("component", "model"))
}

// moderationAlone is moderation without a daemon.
func moderationAlone(s *store.Store, cfg *configs.Config, l *moderation.Learner) (*moderation.Service, error) {
	keyer, err := identity.LoadOrCreate(filepath.Join(cfg.DataDir, KeyFile))
	if err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	model, err := classifier.New(classifier.Options{
		HoldAbove: cfg.Classifier.HoldAbove, SpamAbove: cfg.Classifier.SpamAbove, RejectAbove: cfg.Classifier.RejectAbove,
		Registerer: reg, Epoch: fmt.Sprintf("%08x", s.Epoch()),
	})
	if err != nil {
		return nil, err
	}
	return moderation.New(moderation.Options{
		Store: s, History: s, Classifier: model, Learner: l, Read: markup.Read, Lesson: classifier.LessonOf,
		Tokenizer: classifier.Tokenizer, Policy: func() string { return "" }, Keys: keyer.Keys, Registerer: reg,
	}), nil
}

// pagesPatience is how long reading waits for a daemon to answer, before it reads itself.
const pagesPatience = 2 * time.Second

// OpenPages gives a command its way to read much: through the daemon that serves the
// directory, which a command that is stopped in the midst does not hold up, or else by
// itself. closePages must be called.
func OpenPages(ctx context.Context, cfg *configs.Config) (p control.Pages, closePages func() error, err error) {
	waiting, cancel := context.WithTimeout(ctx, pagesPatience)
	defer cancel()
	if c, err := control.Dial(waiting, cfg.DataDir); err == nil {
		return c, c.Close, nil
	}
	r, err := store.OpenReader(ctx, cfg.DataDir)
	if err != nil {
		return nil, nil, err
	}
	return r, r.Close, nil
}

// Restore puts a backup in the place of a data directory's database. The error wraps
// control.ErrHeld if a daemon or another command has the directory.
func Restore(ctx context.Context, cfg *configs.Config, path string) (r *store.Restored, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	lock, err := control.Acquire(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, entrust(cfg), lock.Release()) }()
	return store.Restore(ctx, cfg.DataDir, path, keptFiles(), time.Now())
}
