package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

type itemRequest struct {
	Number int64  `path:"number" minimum:"1"`
	Format string `query:"format" doc:"A format of the wire by its name, such as newsml-g2; it goes before Accept"`
	Accept string `header:"Accept" doc:"The media type of a format, such as application/nitf+xml; application/json is the item itself"`
}

type itemReply struct {
	ContentType     string `header:"Content-Type"`
	ContentLanguage string `header:"Content-Language"`
	Vary            string `header:"Vary"`
	CacheControl    string `header:"Cache-Control"`
	Link            string `header:"Link"`
	Body            any    // a wire.Item, or the bytes of a document
}

// itemRoute registers an item with all the types that it can be answered in.
func (a *API) itemRoute(h huma.API) {
	o := huma.Operation{
		Method: http.MethodGet, Path: "/v1/items/{number}", OperationID: "get-v1-items-by-number", Summary: "An item of the wire, or its document in a format",
		Description: "Without format, and with an Accept that takes application/json, it is the item. A document is not given of a story that was killed since (410) or is held (409): its kill or hold has a number of its own.",
		Errors:      []int{http.StatusBadRequest, http.StatusNotFound, http.StatusNotAcceptable, http.StatusConflict, http.StatusGone},
	}
	content := map[string]*huma.MediaType{"application/json": {Schema: h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[wire.Item](), true, "Item")}}
	for _, f := range offer.ByType() {
		content[f.Media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: f.Label}}
	}
	o.Responses = map[string]*huma.Response{"200": {Description: "The item or its document", Content: content}}
	huma.Register(h, o, a.item)
}

func (a *API) item(ctx context.Context, in *itemRequest) (*itemReply, error) {
	it, err := a.numbered(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	f, plain, err := a.wanted(in, it.Language)
	if err != nil {
		return nil, err
	}
	reply := &itemReply{ContentLanguage: it.Language, Vary: "Accept", CacheControl: "no-cache"}
	if plain {
		items := []wire.Item{*it}
		if err := a.withhold(ctx, items); err != nil {
			return nil, a.problem(err)
		}
		reply.ContentType, reply.Body = "application/json", items[0]
		return reply, nil
	}
	if err := a.usable(ctx, it); err != nil {
		return nil, err
	}
	body, err := f.Encode(it, a.Site)
	if wire.KindOf(err) == wire.Invalid { // a character that the format has not
		return nil, huma.NewError(http.StatusNotAcceptable, offer.Refusal(err))
	}
	if err != nil {
		return nil, a.problem(err)
	}
	reply.ContentType, reply.Body, reply.Link = f.Media, body, "<"+a.Site.ItemURL(it)+`>; rel="canonical"`
	return reply, nil
}

// numbered is the item with a wire number.
func (a *API) numbered(ctx context.Context, number int64) (*wire.Item, error) {
	items, err := a.Archive.Items(ctx, number-1, 1)
	if err != nil {
		return nil, a.problem(err)
	}
	if len(items) == 0 || items[0].Number != number {
		return nil, a.problem(wire.Errorf(wire.NotFound, "number", "there is no item with this wire number"))
	}
	return &items[0], nil
}

// wanted is the format that a request asks for; plain says that it is none but the
// item itself.
func (a *API) wanted(in *itemRequest, language string) (f offer.Format, plain bool, err error) {
	if in.Format != "" {
		if f, err = offer.Lookup(in.Format); err != nil {
			return f, false, a.problem(err)
		}
		if !f.Carries(language, a.Site) {
			return f, false, a.notAcceptable(language, fmt.Sprintf("%s cannot carry %s here.", f.Label, vocab.LanguageName(language, "en")))
		}
		return f, false, nil
	}
	media, formats := []string{"application/json"}, []offer.Format{{}}
	for _, f := range offer.ByType() {
		if f.Carries(language, a.Site) {
			media, formats = append(media, f.Media), append(formats, f)
		}
	}
	switch i := offer.Choose(in.Accept, media); i {
	case -1:
		return f, false, a.notAcceptable(language, "There is nothing here of a type that you accept.")
	case 0:
		return f, true, nil
	default:
		return formats[i], false, nil
	}
}

// notAcceptable names what there is of an item in a language.
func (a *API) notAcceptable(language, what string) error {
	var types, names []string
	for _, f := range offer.All() {
		if f.Carries(language, a.Site) {
			names = append(names, f.Name)
		}
	}
	for _, f := range offer.ByType() {
		if f.Carries(language, a.Site) {
			types = append(types, f.Media)
		}
	}
	return huma.NewError(http.StatusNotAcceptable, fmt.Sprintf("%s By Accept there is application/json, %s; by format=, %s.", what, strings.Join(types, ", "), strings.Join(names, ", ")))
}

// usable makes sure that a document of an item may be handed out by itself. In a
// list, or as the item, what withdraws a text comes with its own number; a document
// stands alone, and is printed.
func (a *API) usable(ctx context.Context, it *wire.Item) error {
	current, _, err := a.Archive.Edition(ctx, it.Release, it.Language)
	if err != nil {
		return a.problem(err)
	}
	if it.Action.Withdraws() || !current.Action.Withdraws() {
		return nil
	}
	if current.Action == wire.Kill {
		return huma.NewError(http.StatusGone, fmt.Sprintf("This story was killed: see item %d.", current.Number))
	}
	return huma.NewError(http.StatusConflict, fmt.Sprintf("This story is held and must not be used: see item %d.", current.Number))
}
