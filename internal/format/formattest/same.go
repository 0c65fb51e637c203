package formattest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Carried is an item as a format of the trade carries it: times in whole
// seconds, names on one line, running text escaped in one way, Media Topics as eight digits, links
// that are none left out. What says nothing is left out, and so is who translated
// it, which is nobody's business.
func Carried(it *wire.Item) wire.Item {
	c := *it
	c.ClearTime, c.First = c.ClearTime.UTC().Truncate(time.Second), c.First.UTC().Truncate(time.Second)
	c.Scheduled = c.Scheduled.UTC().Truncate(time.Second)
	c.Slug, c.Note = "", ""
	if !c.Action.Amends() {
		c.Reason = ""
	}
	if t := c.Translation; t != nil {
		c.Translation = &wire.Translation{From: t.From}
	}
	if p := c.Provider; p != nil {
		credit := *p
		credit.Name = Fold(credit.Name)
		if !wire.SafeLink(credit.URL) {
			credit.URL = ""
		}
		if c.Action.Withdraws() {
			credit.Line = ""
		}
		c.Provider = &credit
	}
	c.Subjects = nil
	for _, code := range it.Subjects {
		if topic, ok := vocab.LookupTopic(code); ok {
			code = topic.Code
		}
		c.Subjects = append(c.Subjects, code)
	}
	c.Instruments = nil
	for _, i := range it.Instruments {
		if i != (wire.Instrument{}) {
			c.Instruments = append(c.Instruments, i)
		}
	}
	c.Organisation, c.Dateline.City = Fold(c.Organisation), Fold(c.Dateline.City)
	c.Contacts = slices.Clone(c.Contacts)
	for i := range c.Contacts {
		c.Contacts[i].Name, c.Contacts[i].Organisation = Fold(c.Contacts[i].Name), Fold(c.Contacts[i].Organisation)
	}
	c.Body, c.Boilerplate, c.Disclaimer = Normal(c.Body), Normal(c.Boilerplate), Normal(c.Disclaimer)
	return c
}

// Differs compares an item with what was read back of it and returns both as
// JSON where they differ; "" where they are the same.
func Differs(it *wire.Item, read *wire.Item) string {
	want, got := inJSON(Carried(it)), inJSON(Carried(read))
	if want == got {
		return ""
	}
	return "want " + want + "\ngot  " + got
}

func inJSON(it wire.Item) string {
	data, err := json.Marshal(it)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
