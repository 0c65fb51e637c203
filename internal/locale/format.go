package locale

import (
	"strconv"
	"strings"
	"time"
)

// format is how a language writes dates and numbers. Patterns follow CLDR's
// long forms (unicode.org/reports/tr35/tr35-dates.html); the calendar is
// Gregorian and the digits are Latin everywhere, because the same instant is
// compared across editions in fifteen languages.
//
// In patterns {d}, {m}, {M}, {y} are day, month number, month name and year,
// {date} the date written so, {time} the time of day.
type format struct {
	date     string
	dateTime string
	clock    string     // layout of time.Format for {time}
	months   [12]string // in the form that stands in a full date (genitive where there is one)
	first    string     // the first of a month, where it is not plain 1
	group    string     // between groups of three digits
	minimum  int        // digits from which groups are made
	minus    string
}

const clock24 = "15:04"

// formats holds each interface language's format, by tag.
var formats = map[string]format{
	"en": {date: "{d} {M} {y}", dateTime: "{date}, {time}", clock: clock24, group: ",", minimum: 4, minus: "-", months: [12]string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}},
	"ar": {date: "{d} {M} {y}", dateTime: "{date}، {time}", clock: clock24, group: ",", minimum: 4, minus: "\u200e-", months: [12]string{
		"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"}},
	"zh-Hans": {date: "{y}年{m}月{d}日", dateTime: "{date} {time}", clock: clock24, group: ",", minimum: 4, minus: "-"},
	"zh-Hant": {date: "{y}年{m}月{d}日", dateTime: "{date} {time}", clock: clock24, group: ",", minimum: 4, minus: "-"},
	"fr": {date: "{d} {M} {y}", dateTime: "{date} à {time}", clock: clock24, first: "1er", group: "\u202f", minimum: 4, minus: "-", months: [12]string{
		"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}},
	"de": {date: "{d}. {M} {y}", dateTime: "{date} um {time} Uhr", clock: clock24, group: ".", minimum: 4, minus: "-", months: [12]string{
		"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}},
	"id": {date: "{d} {M} {y}", dateTime: "{date} pukul {time}", clock: "15.04", group: ".", minimum: 4, minus: "-", months: [12]string{
		"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"}},
	"ja": {date: "{y}年{m}月{d}日", dateTime: "{date} {time}", clock: clock24, group: ",", minimum: 4, minus: "-"},
	"ko": {date: "{y}년 {m}월 {d}일", dateTime: "{date} {time}", clock: clock24, group: ",", minimum: 4, minus: "-"},
	"ms": {date: "{d} {M} {y}", dateTime: "{date}, {time}", clock: clock24, group: ",", minimum: 4, minus: "-", months: [12]string{
		"Januari", "Februari", "Mac", "April", "Mei", "Jun", "Julai", "Ogos", "September", "Oktober", "November", "Disember"}},
	"pt": {date: "{d} de {M} de {y}", dateTime: "{date}, {time}", clock: clock24, group: ".", minimum: 4, minus: "-", months: [12]string{
		"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"}},
	"ru": {date: "{d} {M} {y} года", dateTime: "{date} в {time}", clock: clock24, group: "\u00a0", minimum: 4, minus: "-", months: [12]string{
		"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}},
	"es": {date: "{d} de {M} de {y}", dateTime: "{date}, {time}", clock: clock24, group: ".", minimum: 5, minus: "-", months: [12]string{
		"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}},
	"th": {date: "{d} {M} {y}", dateTime: "{date} เวลา {time} น.", clock: clock24, group: ",", minimum: 4, minus: "-", months: [12]string{
		"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"}},
	"vi": {date: "{d} tháng {m}, {y}", dateTime: "{date}, {time}", clock: clock24, group: ".", minimum: 4, minus: "-"},
}

func (f *format) writeDate(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 && f.first != "" {
		day = f.first
	}
	return strings.NewReplacer(
		"{d}", day,
		"{m}", strconv.Itoa(int(t.Month())),
		"{M}", f.months[t.Month()-1],
		"{y}", strconv.Itoa(t.Year()),
	).Replace(f.date)
}

func (f *format) writeDateTime(t time.Time) string {
	return strings.NewReplacer("{date}", f.writeDate(t), "{time}", t.Format(f.clock)).Replace(f.dateTime)
}

func (f *format) writeNumber(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = f.minus, digits[1:]
	}
	if len(digits) < f.minimum {
		return sign + digits
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(f.group)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// writeDecimal prints a number of less than a thousand with as many decimals. Where
// the comma is between groups a point is before decimals, and elsewhere a comma (CLDR,
// in all languages of the wire).
func (f *format) writeDecimal(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if f.group == "," {
		return text
	}
	return strings.Replace(text, ".", ",", 1)
}
