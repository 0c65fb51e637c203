// Package ui is what all pages share: the shell, the parts, the tokens of the
// design, and the kit that turns templates and assets into answers.
//
// A page is a folder: its template, its style, its data as a struct that embeds
// Page. The kit reads them from the program itself or, in development, from
// the source tree at every request.
//
// It knows no store, no route and no rule of the business. Wording comes from
// locale through Page.L; no text stands in a template. It writes no inline
// script and no inline style, so that every face can send Policy.
package ui
