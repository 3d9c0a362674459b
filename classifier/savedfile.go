package classifier

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// SaveFile writes the model to a file, from which LoadFile reads it again. mark is
// asked for what tells the label log that the model was made of, up to the entry seq, of
// which so many documents stand; its error leaves everything as it is. The file holds
// hashes and numbers and no text, but a hash tells whether a word was there. It is
// replaced only by one that is whole and on the disk, and only its owner can read it.
// Learning waits while the model is handed to the operating system, scoring does not.
func (m *Model) SaveFile(path string, mark func(seq int64, documents int) (string, error)) error {
	if err := m.saveFile(path, mark); err != nil {
		return fmt.Errorf("save the model: %w", err)
	}
	return nil
}

func (m *Model) saveFile(path string, mark func(seq int64, documents int) (string, error)) (err error) {
	rules, err := m.rules()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = m.writeUnder(f, rules, mark)
	if err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (m *Model) writeUnder(f *os.File, rules string, mark func(seq int64, documents int) (string, error)) error {
	m.folding.Lock()
	defer m.folding.Unlock()
	documents, _ := m.state.totals()
	tells, err := mark(m.state.seq, documents[hamRow]+documents[spamRow])
	if err != nil {
		return err
	}
	return m.state.write(f, rules, m.options.Epoch, tells)
}

// LoadFile makes the model what SaveFile wrote: it scores, and goes on learning, to the
// bit as the one that was saved. check is asked whether the label log up to the entry
// seq still has that mark. Afterwards Fold takes what came later, and FillCounts is to be
// called. On an error the model is as it was: one that wraps ErrSaved says that the file
// is damaged or of another label log, epoch, starter, or way of learning, and one that wraps
// fs.ErrNotExist that there is none.
func (m *Model) LoadFile(path string, check func(seq int64, mark string) (bool, error)) error {
	if err := m.loadFile(path, check); err != nil {
		return fmt.Errorf("load the saved model: %w", err)
	}
	return nil
}

func (m *Model) loadFile(path string, check func(seq int64, mark string) (bool, error)) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	about, err := f.Stat()
	if err != nil {
		return err
	}
	if !about.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file: %w", path, fs.ErrInvalid)
	}
	rules, err := m.rules()
	if err != nil {
		return err
	}
	r := newModelReader(f, about.Size())
	h := r.header()
	switch {
	case r.err != nil:
		return r.err
	case h.rules != rules:
		return fmt.Errorf("it was made by another version or starter: %w", ErrSaved)
	case h.epoch != m.options.Epoch:
		return fmt.Errorf("it was made for another database: %w", ErrSaved)
	}
	if same, err := check(h.seq, h.mark); err != nil || !same {
		return errors.Join(err, fmt.Errorf("the labels that it was made of are others now: %w", ErrSaved))
	}
	fresh, err := r.state(&m.tuning, h.seq)
	if err != nil {
		return err
	}
	m.folding.Lock()
	defer m.folding.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = fresh
	m.settle()
	return nil
}
