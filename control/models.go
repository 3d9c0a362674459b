package control

import (
	"context"
	"net/http"

	"github.com/winnowd/winnow/models"
)

// Models is what commands may ask of the owner of a data directory about its model.
// Errors wrap models.ErrNotFound if there is no site of that name.
type Models interface {
	// ModelInfo tells what the model knows: of one site, or of all if the name is empty.
	// It lists the top strongest features each way.
	ModelInfo(ctx context.Context, site string, top int) (models.ModelInfo, error)
	// TrainModel builds the model anew from the labels, and tells what it knows then,
	// without the strongest features.
	TrainModel(ctx context.Context) (models.ModelInfo, error)
	// ResetModel keeps the labels that a site has, or all sites if the name is empty, but
	// has them count no more, and returns how many they are.
	ResetModel(ctx context.Context, site string) (int, error)
}

type modelInfo struct {
	Site string
	Top  int
}

func routeModels(mux *http.ServeMux, m Models) {
	route(mux, "/model/info", func(ctx context.Context, r modelInfo) (models.ModelInfo, error) {
		return m.ModelInfo(ctx, r.Site, r.Top)
	})
	route(mux, "/model/train", func(ctx context.Context, _ none) (models.ModelInfo, error) {
		return m.TrainModel(ctx)
	})
	route(mux, "/model/reset", m.ResetModel)
}

// ModelInfo implements Models.
func (c *Client) ModelInfo(ctx context.Context, site string, top int) (models.ModelInfo, error) {
	return call[models.ModelInfo](ctx, c, "/model/info", modelInfo{site, top})
}

// TrainModel implements Models.
func (c *Client) TrainModel(ctx context.Context) (models.ModelInfo, error) {
	return call[models.ModelInfo](ctx, c, "/model/train", none{})
}

// ResetModel implements Models.
func (c *Client) ResetModel(ctx context.Context, site string) (int, error) {
	return call[int](ctx, c, "/model/reset", site)
}
