package format

import (
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// SetContact puts a fact about a press contact where it belongs. Standards that
// carry contacts as names with values call them alike, but for the case, and for
// jobTitle in ninjs. A name that is not known is left alone.
func SetContact(c *wire.PressContact, name, value string) {
	switch strings.ToLower(name) {
	case "name":
		c.Name = value
	case "role", "jobtitle":
		c.Role = value
	case "organisation":
		c.Organisation = value
	case "email":
		c.Email = value
	case "phone":
		c.Phone = value
	}
}
