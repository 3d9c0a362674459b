package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

// newModel makes the model of a database, which has learnt nothing yet.
func newModel(cfg *configs.Config, s *store.Store, reg prometheus.Registerer, site func(int64) models.SiteCutoffs) (*classifier.Model, error) {
	c := cfg.Classifier
	var starter *classifier.Starter
	if c.Starter == configs.StarterDefault {
		var err error
		if starter, err = classifier.Bundled(); err != nil {
			return nil, err
		}
	}
	return classifier.New(classifier.Options{
		Starter: starter, Site: site,
		HoldAbove: c.HoldAbove, SpamAbove: c.SpamAbove, RejectAbove: c.RejectAbove,
		Registerer: reg, Epoch: fmt.Sprintf("%08x", s.Epoch()),
	})
}

// siteCutoffs are the cut-offs of a site's own.
func (d *Daemon) siteCutoffs(id int64) models.SiteCutoffs {
	if site := d.sites.ByID(id); site != nil {
		return site.Cutoffs
	}
	return models.SiteCutoffs{}
}

// model is the daemon's, or one that a command's own process makes of the labels.
func (o owner) model(ctx context.Context) (*classifier.Model, error) {
	if o.d != nil {
		return o.d.model, nil
	}
	m, err := newModel(o.cfg, o.store, nil, nil)
	if err != nil {
		return nil, err
	}
	return m, m.Rebuild(ctx, o.store.LabelLog(ctx, 0))
}

// namedSites are the sites that a command is about: the one named, or all.
func (o owner) namedSites(ctx context.Context, name string) ([]*models.Site, error) {
	sites, err := o.store.Sites(ctx)
	if err != nil || name == "" {
		return sites, err
	}
	for _, s := range sites {
		if s.Name == name {
			return []*models.Site{s}, nil
		}
	}
	return nil, fmt.Errorf("site %q: %w", name, models.ErrNotFound)
}

// ModelInfo tells what the model knows.
func (o owner) ModelInfo(ctx context.Context, site string, top int) (models.ModelInfo, error) {
	sites, err := o.namedSites(ctx, site)
	if err != nil {
		return models.ModelInfo{}, err
	}
	m, err := o.model(ctx)
	if err != nil {
		return models.ModelInfo{}, err
	}
	return o.infoOf(ctx, m, sites, top)
}

// infoOf tells what a model knows of sites.
func (o owner) infoOf(ctx context.Context, m *classifier.Model, sites []*models.Site, top int) (info models.ModelInfo, err error) {
	info.Version, info.Features = m.Version(), m.Tokens()
	info.Ham, info.Spam = m.Documents()
	for _, s := range sites {
		l := models.SiteLabels{Site: s.Name, Shared: s.ShareLabels, Warmth: m.Warmth(s.ID)}
		if l.Ham, l.Spam, err = o.store.CountLabels(ctx, s.ID); err != nil {
			return models.ModelInfo{}, err
		}
		info.Sites = append(info.Sites, l)
	}
	var of int64 // what all sites share
	if len(sites) == 1 {
		of = sites[0].ID
	}
	info.StrongestSpam, info.StrongestHam, err = m.Strongest(of, top, o.store.LabelLog(ctx, 0))
	return info, err
}

// TrainModel builds the model anew. Without a daemon that only shows that it can be
// done: the next one builds its own.
func (o owner) TrainModel(ctx context.Context) (models.ModelInfo, error) {
	sites, err := o.store.Sites(ctx)
	if err == nil && o.d != nil {
		err = o.d.learner.Rebuild(ctx)
	}
	var m *classifier.Model
	if err == nil {
		m, err = o.model(ctx)
	}
	if err != nil {
		return models.ModelInfo{}, err
	}
	return o.infoOf(ctx, m, sites, 0)
}

// ResetModel has labels count no more.
func (o owner) ResetModel(ctx context.Context, site string) (int, error) {
	sites, err := o.namedSites(ctx, site)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, s := range sites {
		// Who asked for it is in the audit log.
		n, err := o.store.ResetLabels(ctx, s.ID, models.System)
		total += n
		if err != nil {
			return total, errors.Join(err, o.act(ctx, true)) // for those that were
		}
	}
	if total == 0 {
		return 0, nil
	}
	return total, errors.Join(o.note(ctx, "model.reset", site, map[string]any{"labels": total}), o.act(ctx, true))
}
