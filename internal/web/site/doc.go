// Package site is the public face of the wire: front pages, releases, search,
// feeds, sitemap, and the page behind the unsubscribe link.
//
// It shows what the archive has, which is public fact, and can tell neither
// unknown from unreleased nor make it known by time or wording. It sends no
// script and sets no cookie. It changes nothing but, through Subscriptions, the
// subscription whose token it is shown.
package site
