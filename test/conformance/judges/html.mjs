// Validates pages with html-validate.
// usage: node html.mjs FILE...   Prints a JSON list: the faults of each file.
import { HtmlValidate, StaticConfigLoader } from 'html-validate'

const judge = new HtmlValidate(new StaticConfigLoader({
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    // Headlines are as long as they are, and stand in the title whole.
    'long-title': 'off',
    'doctype-style': ['error', { style: 'lowercase' }],
    // Several times of day are one list.
    'form-dup-name': 'off',
    // A table that scrolls is a region without a heading, so no section.
    'prefer-native-element': ['error', { exclude: ['region'] }],
    // The style sheet keeps such numbers on one line.
    'tel-non-breaking': ['error', { ignoreClasses: ['tel'] }],
  },
}))

const list = []
for (const file of process.argv.slice(2)) {
  const report = await judge.validateFile(file)
  list.push({ file, faults: report.results.flatMap(r => r.messages.map(m => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`)) })
}
console.log(JSON.stringify(list))
