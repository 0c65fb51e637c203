package newsmlg2

import (
	"slices"
	"strconv"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/wire"
)

// Message writes editions of one release as a newsMessage: each as a newsItem,
// its pictures as items of their own, and a packageItem that holds them
// together. Which edition prevails is said by the package: it stands first.
func Message(items []*wire.Item, site format.Site) ([]byte, error) {
	if len(items) == 0 {
		return nil, wire.Errorf(wire.Invalid, "newsml-g2", "a message needs at least one item")
	}
	for _, it := range items[1:] {
		if it.Release != items[0].Release {
			return nil, wire.Errorf(wire.Invalid, "newsml-g2", "%s and %s are two releases", items[0].Release, it.Release)
		}
	}
	newest := slices.MaxFunc(items, func(a, b *wire.Item) int { return int(a.Number - b.Number) })
	var w markup.Writer
	w.Open("newsMessage", "xmlns", namespace)
	w.Open("header")
	w.Leaf("sent", format.Stamp(newest.ClearTime))
	w.Leaf("sender", site.BaseURL)
	w.Leaf("transmitId", strconv.FormatInt(newest.Number, 10))
	w.Leaf("priority", strconv.Itoa(format.Urgency(newest.Priority)))
	w.Close()
	w.Open("itemSet")
	for _, it := range items {
		newsItem(&w, it, site)
		for i := range it.Pictures {
			pictureItem(&w, it, i, site)
		}
	}
	pack(&w, items, newest, site)
	w.Close()
	w.Close()
	return w.Bytes()
}

// EncodeMessage writes one item and its pictures as a newsMessage.
func EncodeMessage(it *wire.Item, site format.Site) ([]byte, error) {
	return Message([]*wire.Item{it}, site)
}

// Package writes editions of a release as a packageItem that refers to their
// newsItems.
func Package(items []*wire.Item, site format.Site) ([]byte, error) {
	if len(items) == 0 {
		return nil, wire.Errorf(wire.Invalid, "newsml-g2", "a package needs at least one item")
	}
	newest := slices.MaxFunc(items, func(a, b *wire.Item) int { return int(a.Number - b.Number) })
	var w markup.Writer
	pack(&w, items, newest, site)
	return w.Bytes()
}

// pack writes the package. Its version is the newest wire number: it rises with
// each item, in whatever language, as a version must.
func pack(w *markup.Writer, items []*wire.Item, newest *wire.Item, site format.Site) {
	first := items[0]
	head := *newest
	head.Version, head.Language = int(max(newest.Number, 1)), first.Language
	openItem(w, "packageItem", "urn:wireroom:"+string(first.Release), &head)
	w.Open("itemMeta")
	w.Empty("itemClass", "qcode", "ninat:composite")
	wireAsProvider(w, site)
	w.Leaf("versionCreated", format.Stamp(newest.ClearTime))
	w.Leaf("firstCreated", format.Stamp(first.First))
	status := "usable"
	if !slices.ContainsFunc(items, func(it *wire.Item) bool { return !it.Action.Withdraws() }) {
		status = format.PubStatus(newest.Action)
	}
	w.Empty("pubStatus", "qcode", "stat:"+status)
	w.Leaf("title", first.Headline, "xml:lang", first.Language, "dir", format.Direction(first))
	w.Close()
	w.Open("contentMeta")
	w.Leaf("urgency", strconv.Itoa(format.Urgency(first.Priority)))
	for _, it := range items {
		w.Leaf("headline", it.Headline, "xml:lang", it.Language, "dir", format.Direction(it))
	}
	w.Close()
	w.Open("groupSet", "root", "languages")
	w.Open("group", "id", "languages", "roleuri", translation, "mode", "pgrmod:alt")
	for _, it := range items {
		reference(w, it, site)
	}
	w.Close()
	for _, it := range items {
		if len(it.Pictures) > 0 {
			pictureGroup(w, it)
		}
	}
	w.Close()
	w.Close()
}

func reference(w *markup.Writer, it *wire.Item, site format.Site) {
	w.Open("itemRef", "residref", GUID(it), "version", strconv.Itoa(it.Version), "contenttype", itemType, "href", site.FormatURL(it, "xml"))
	w.Empty("itemClass", "qcode", "ninat:text")
	w.Empty("pubStatus", "qcode", "stat:"+format.PubStatus(it.Action))
	w.Leaf("title", it.Headline, "xml:lang", it.Language, "dir", format.Direction(it))
	w.Close()
}

func pictureGroup(w *markup.Writer, it *wire.Item) {
	w.Open("group", "id", "pictures-"+it.Language, "roleuri", rolePicture)
	for i := range it.Pictures {
		w.Open("itemRef", "residref", pictureGUID(it, i), "version", strconv.Itoa(it.Version), "contenttype", itemType)
		w.Empty("itemClass", "qcode", "ninat:picture")
		w.Close()
	}
	w.Close()
}

// pictureItem is a picture as an item of its own, as picture desks take them.
func pictureItem(w *markup.Writer, it *wire.Item, i int, site format.Site) {
	picture := it.Pictures[i]
	openItem(w, "newsItem", pictureGUID(it, i), it)
	rights(w, it, site)
	w.Open("itemMeta")
	w.Empty("itemClass", "qcode", "ninat:picture")
	wireAsProvider(w, site)
	w.Leaf("versionCreated", format.Stamp(it.ClearTime))
	w.Leaf("firstCreated", format.Stamp(it.First))
	w.Empty("pubStatus", "qcode", "stat:"+format.PubStatus(it.Action))
	w.Empty("link", "rel", "irel:associatedWith", "residref", GUID(it), "version", strconv.Itoa(it.Version), "contenttype", itemType)
	w.Close()
	w.Open("contentMeta")
	w.Leaf("urgency", strconv.Itoa(format.Urgency(it.Priority)))
	w.Empty("language", "tag", it.Language)
	w.Leaf("headline", it.Headline, "xml:lang", it.Language, "dir", format.Direction(it))
	pictureWords(w, picture)
	w.Close()
	w.Open("contentSet")
	width, height := "", ""
	if picture.Width > 0 {
		width, height = strconv.Itoa(picture.Width), strconv.Itoa(picture.Height)
	}
	w.Empty("remoteContent", "rendition", "rnd:highRes", "href", picture.URL, "contenttype", picture.Type, "width", width, "height", height)
	w.Close()
	w.Close()
}
