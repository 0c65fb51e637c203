package ingest

import (
	"errors"
	"net/mail"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// frontKeyNames lists the keys for error messages.
const frontKeyNames = "title, headline, subheads, language, organisation, provider, dateline, sectors, subjects, places, instruments, circuits, priority, embargo, release-at, zone, fold, contacts, pictures, slugline, note and release"

// frontKeys says how each key is read.
var frontKeys = map[string]func(d *document, n ast.Node) error{
	"release":      setWord("release", func(f *frontMatter) *string { return &f.Release }),
	"title":        (*document).setTitle,
	"headline":     (*document).setTitle,
	"subheads":     setWords("subheads", func(f *frontMatter) *[]string { return &f.Subheads }),
	"language":     (*document).setLanguage,
	"organisation": setWord("organisation", func(f *frontMatter) *string { return &f.Organisation }),
	"provider":     (*document).setProvider,
	"dateline":     (*document).setDateline,
	"sectors":      (*document).setSectors,
	"subjects":     (*document).setSubjects,
	"places":       (*document).setPlaces,
	"instruments":  (*document).setInstruments,
	"circuits":     setWords("circuits", func(f *frontMatter) *[]string { return &f.Circuits }),
	"priority":     (*document).setPriority,
	"embargo":      (*document).setLocal,
	"release-at":   (*document).setLocal,
	"zone":         setWord("zone", func(f *frontMatter) *string { return &f.zone }),
	"fold":         (*document).setFold,
	"contacts":     (*document).setContacts,
	"pictures":     (*document).setPictures,
	"slugline":     setWord("slugline", func(f *frontMatter) *string { return &f.Slugline }),
	"note": func(d *document, n ast.Node) (err error) {
		d.front.Note, err = d.text(n, "note")
		return err
	},
}

func setWord(key string, field func(*frontMatter) *string) func(*document, ast.Node) error {
	return func(d *document, n ast.Node) (err error) {
		*field(&d.front), err = d.word(n, key)
		return err
	}
}

func setWords(key string, field func(*frontMatter) *[]string) func(*document, ast.Node) error {
	return func(d *document, n ast.Node) (err error) {
		*field(&d.front), err = d.words(n, key)
		return err
	}
}

func (d *document) setTitle(n ast.Node) error {
	title, err := d.word(n, "title")
	if err == nil && d.front.Title != "" && title != d.front.Title {
		return d.fail(frontLine(n), "title and headline differ; keep one")
	}
	d.front.Title = title
	return err
}

func (d *document) setLanguage(n ast.Node) error {
	tag, err := d.word(n, "language")
	if err != nil || tag == "" {
		return err
	}
	if d.front.Language, err = canonical(tag); err != nil {
		return d.fail(frontLine(n), "language %s", err.Error())
	}
	return nil
}

// canonical returns the wire language that a tag means, or for others the tag
// in canonical form.
func canonical(tag string) (string, error) {
	if known, ok := vocab.LookupLanguage(tag); ok {
		return known.Tag, nil
	}
	return vocab.CanonicalTag(tag)
}

func (d *document) setProvider(n ast.Node) error {
	if _, ok := scalar(n); ok {
		name, err := d.word(n, "provider")
		if err == nil && name != "" {
			d.front.Provider = &wire.Credit{Name: name}
		}
		return err
	}
	c := &wire.Credit{}
	err := d.mapping(n, "provider", func(key string, value ast.Node) (bool, error) {
		field, known := map[string]*string{"name": &c.Name, "url": &c.URL, "credit": &c.Line}[key]
		if !known {
			return false, nil
		}
		var err error
		*field, err = d.word(value, "provider "+key)
		return true, err
	}, "name, url and credit")
	if err != nil {
		return err
	}
	if c.Name == "" {
		return d.fail(frontLine(n), "provider needs a name")
	}
	if c.URL != "" && !wire.SafeLink(c.URL) {
		return d.fail(frontLine(n), "provider url %q is not an absolute http or https address", c.URL)
	}
	d.front.Provider = c
	return nil
}

func (d *document) setDateline(n ast.Node) error {
	if _, ok := scalar(n); ok {
		s, err := d.word(n, "dateline")
		if err != nil || s == "" {
			return err
		}
		if found, ok := parseDateline(s+" – ", d.options.Now, func(string) bool { return true }); ok {
			d.front.Dateline = found.Dateline
			return nil
		}
		d.front.Dateline = place(s)
		return nil
	}
	line := &d.front.Dateline
	return d.mapping(n, "dateline", func(key string, value ast.Node) (bool, error) {
		s, err := d.word(value, "dateline "+key)
		if err != nil {
			return true, err
		}
		switch key {
		case "city":
			line.City = s
		case "mark":
			line.Mark = s
		case "country":
			code, ok := vocab.FindCountry(s)
			if !ok && s != "" {
				return true, d.fail(frontLine(value), "dateline country %q is not known; give its name or ISO 3166 code", s)
			}
			line.Country = code
		case "date":
			date, ok := findDate(s, d.options.Now)
			if (!ok || strings.Trim(s[:date.from]+s[date.to:], " ,،、，.") != "") && s != "" {
				return true, d.fail(frontLine(value), "dateline date %q is not a date; write it as 2026-11-23", s)
			}
			line.Date = date.date
		default:
			return false, nil
		}
		return true, nil
	}, "city, country, date and mark")
}

func (d *document) setSectors(n ast.Node) error {
	labels, err := d.words(n, "sectors")
	if err != nil {
		return err
	}
	if _, one := n.(*ast.SequenceNode); !one && len(labels) == 1 {
		if _, known := vocab.FindSector(labels[0], ""); !known {
			labels = splitLabels(labels[0])
		}
	}
	d.front.Sectors, d.front.Unknown = findSectors(labels, "")
	if len(d.front.Unknown) > 0 {
		d.unknownSectors(d.front.Unknown, frontLine(n))
	}
	return nil
}

func (d *document) setSubjects(n ast.Node) error {
	return d.each(n, func(n ast.Node) error {
		code, err := d.word(n, "subjects")
		if err != nil || code == "" {
			return err
		}
		code = strings.TrimPrefix(strings.ToLower(code), "medtop:")
		if _, ok := vocab.LookupTopic(code); !ok {
			return d.fail(frontLine(n), "subject %q is not an IPTC Media Topic code such as 20000170", code)
		}
		d.front.Subjects = appendNew(d.front.Subjects, code)
		return nil
	})
}

func (d *document) setPlaces(n ast.Node) error {
	return d.each(n, func(n ast.Node) error {
		name, err := d.word(n, "places")
		if err != nil || name == "" {
			return err
		}
		code, ok := vocab.FindCountry(name)
		if !ok {
			return d.fail(frontLine(n), "place %q is not a known country; give its name or ISO 3166 code", name)
		}
		d.front.Places = appendNew(d.front.Places, code)
		return nil
	})
}

func (d *document) setPriority(n ast.Node) error {
	s, err := d.word(n, "priority")
	if err != nil || s == "" {
		return err
	}
	switch p := wire.Priority(strings.ToLower(s)); p {
	case wire.Flash, wire.Urgent, wire.Ordinary:
		d.front.Priority = p
		return nil
	}
	return d.fail(frontLine(n), "priority %q is none of flash, urgent and ordinary", s)
}

func (d *document) setLocal(n ast.Node) error {
	s, err := d.word(n, "release-at")
	if err != nil {
		return err
	}
	if len(s) > 10 && s[10] == ' ' { // YAML writes 2026-03-08 14:30 as well
		s = s[:10] + "T" + s[11:]
	}
	if d.front.local != "" && d.front.local != s {
		return d.fail(frontLine(n), "embargo and release-at differ; keep one: nothing leaves before it")
	}
	d.front.local = s
	return nil
}

func (d *document) setFold(n ast.Node) error {
	s, err := d.word(n, "fold")
	if err != nil {
		return err
	}
	switch f := wire.Fold(s); f {
	case wire.Unasked, wire.Earlier, wire.Later:
		d.front.fold = f
		return nil
	}
	return d.fail(frontLine(n), "fold %q is neither earlier nor later", s)
}

func (d *document) setContacts(n ast.Node) error {
	return d.each(n, func(n ast.Node) error {
		var c wire.PressContact
		fields := map[string]*string{"name": &c.Name, "role": &c.Role, "email": &c.Email, "phone": &c.Phone, "organisation": &c.Organisation}
		err := d.mapping(n, "a contact", func(key string, value ast.Node) (bool, error) {
			s, err := d.word(value, "contact "+key)
			if err != nil {
				return true, err
			}
			if key == "media_only" {
				if s != "true" && s != "false" {
					return true, d.fail(frontLine(value), "contact media_only must be true or false, not %q", s)
				}
				c.MediaOnly = s == "true"
				return true, nil
			}
			field, known := fields[key]
			if known {
				*field = s
			}
			return known, nil
		}, "name, role, email, phone, organisation and media_only")
		if err != nil {
			return err
		}
		if c.Name == "" && c.Email == "" && c.Phone == "" {
			return d.fail(frontLine(n), "a contact needs a name, an e-mail address or a phone number")
		}
		if a, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || a.Address != c.Email) {
			return d.fail(frontLine(n), "contact email %q is not an e-mail address", c.Email)
		}
		d.front.Contacts = append(d.front.Contacts, c)
		return nil
	})
}

// finishFront checks what several keys say together.
func (d *document) finishFront() error {
	f := &d.front
	line := max(f.given["release-at"], f.given["embargo"])
	if f.local == "" {
		for _, key := range []string{"zone", "fold"} {
			if f.given[key] > 0 {
				return d.fail(f.given[key], "%s is given without release-at", key)
			}
		}
		return nil
	}
	var err error
	if f.Schedule, err = wire.NewSchedule(f.local, f.zone, f.fold); err != nil {
		var known *wire.Error
		if errors.As(err, &known) {
			message := strings.Replace(known.Message, "say which with --fold earlier or --fold later", "say which with fold: earlier or fold: later", 1)
			return d.fail(line, "%s: %s", known.Field, message)
		}
		return d.fail(line, "release-at: %s", err.Error())
	}
	return nil
}

// appendNew appends s unless it is there.
func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
