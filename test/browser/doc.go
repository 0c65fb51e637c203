// Package browser holds the tests that look at the pages in real Chromium:
// accessibility by axe, nothing wider than the screen, nothing refused by the
// content policy. They need node, npm and chromium; without them they are
// skipped, unless WIREROOM_BROWSER=required.
//
// WIREROOM_SHOTS names a folder for screenshots.
package browser
