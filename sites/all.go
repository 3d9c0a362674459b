package sites

import "github.com/winnowd/winnow/models"

// All returns every site, disabled ones too, in no order.
func (d *Directory) All() []*models.Site {
	byID := d.table.Load().byID
	list := make([]*models.Site, 0, len(byID))
	for _, s := range byID {
		list = append(list, s)
	}
	return list
}
