// Package media keeps originals and renditions as they were handed in, under
// random names that tell nothing of what they are.
//
// It owns a folder. It never looks into what it keeps and never decides who may
// read it; what is not public yet reaches it sealed.
package media
