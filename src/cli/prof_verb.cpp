// The command lines of `qiao prof`, `qiao prof list`, `explain` and `diff`.
#include <memory>

#include "src/cli/prof.h"
#include "src/cli/start.h"
#include "src/cli/verbs.h"

namespace qiao::cli {
namespace {

constexpr const char* kDiffHelp =
    "EXPR compares sums of metrics, kernel by kernel: NAME > NUMBER, or NAME > +5% for its change from A to B.\n"
    "Names are those of qiao prof list (ncu's and nvprof's too) and launches; there are + - * / ( ), < <= > >= == !=,\n"
    "and, or, old(...) for the value in A, and COMPARISON in /REGEX/ for kernels so named. Examples:\n"
    "  --fail-if 'gmem.ld.sectors > +5%'   --fail-if 'inst.warp > 1000000 in /saxpy/'\n"
    "  --fail-if 'smem.excess - old(smem.excess) > 100 or launches != old(launches)'\n"
    "The exit code is 1 if one holds for a kernel of B, 2 if it cannot be read or names nothing known.";

void add_report_options(CLI::App& verb, ProfOptions& options) {
  verb.add_option("--json", options.json, "write the report as JSON to FILE (%p: a file for each process)")
      ->type_name("FILE");
  verb.add_option("--html", options.html, "write one self-contained page to FILE, with source lines and all chips")
      ->type_name("FILE");
  verb.add_option("--trace", options.trace,
                  "write a trace for Perfetto to FILE (.json, .pftrace): launches on the chip's modelled clock, and on "
                  "the emulation's")
      ->type_name("FILE");
  verb.add_flag("--lint", options.lint,
                "also what would break or change on the chip, and on those of --compare-chips: limits, missing "
                "features, warps of 32");
  verb.add_flag("--csv{stderr}", options.csv,
                "print CSV with nsys's headers instead of tables; =FILE: to that, - is stdout")
      ->type_name("[=FILE]");
  verb.add_option("--report", options.csv_table, "which table is the CSV: kern, api, mem-time, mem-size, nvtx")
      ->check(CLI::IsMember({"kern", "api", "mem-time", "mem-size", "nvtx"}));
  verb.add_option("--folded", options.folded, "write stacks for flame graphs to FILE, counted in warp instructions")
      ->type_name("FILE");
  verb.add_option("--metrics", options.metrics,
                  "these metrics, by our, ncu's or nvprof's names, instead of the usual table")
      ->type_name("LIST");
  verb.add_option("--compare-chips", options.compare,
                  "also what the same launches would take on these chips (names or .toml files), modelled")
      ->type_name("LIST");
  verb.add_option("--kernel", options.kernel, "only kernels whose name matches somewhere")->type_name("REGEX");
  verb.add_option("--nvtx", options.nvtx, "only launches asked for in NVTX ranges \"outer/inner\" that match")
      ->type_name("REGEX");
  verb.add_option("--launch-skip", options.skip, "leave out the first N of these launches")->type_name("N");
  verb.add_option("--launch-count", options.count, "show at most N of them")->type_name("N");
  verb.add_flag("--per-launch", options.per_launch, "a line for each launch");
  verb.add_flag("--source", options.source, "also by line of the source (-lineinfo) and by PTX instruction");
  verb.add_flag("--quiet", options.quiet, "no tables on stderr: for --json, --html, --csv and --folded");
}

void add_counting_options(CLI::App& verb, ProfOptions& options) {
  verb.add_option("--level", options.level, "what is counted: blocks (instructions, branches), or memory accesses too")
      ->check(CLI::IsMember({"blocks", "memory"}));
  verb.add_flag("--start-paused", options.start_paused, "count only after cudaProfilerStart");
  verb.add_option("--record-limit", options.record_limit,
                  "memory for single launches of a process (default 32M); what is beyond is only added up")
      ->type_name("SIZE");
  verb.add_flag("--progress", options.progress, "say on stderr how far the program is, every two seconds");
}

}  // namespace

void add_prof(CLI::App& app, Verb& chosen, const std::vector<std::string>& after_dashes) {
  CLI::App* verb =
      app.add_subcommand("prof", "run a CUDA program and count what its kernels do: qiao prof -- APP ARGS");
  auto options = std::make_shared<ProfOptions>();
  add_report_options(*verb, *options);
  add_counting_options(*verb, *options);
  add_run_options(*verb, options->run);
  verb->prefix_command();  // everything from the program's name on is the program's
  verb->footer(
      "Counters are exact; what has the mark \xe2\x89\x88 is modelled for --chip and no measurement. The exit code is "
      "the program's. Also: qiao prof list, qiao prof explain METRIC,\n"
      "qiao prof diff A.json B.json [--fail-if EXPR] (a program of such a name: behind --), qiao prof calibrate.");
  verb->final_callback([=, &chosen] {
    chosen = [command = program_words(*verb, after_dashes), options] { return profile(command, *options); };
  });
}

int prof_tool_main(const std::vector<std::string>& words) {
  CLI::App app("What qiao prof counts, and what changed.", "qiao prof");
  app.failure_message(CLI::FailureMessage::simple);
  app.require_subcommand(1);
  Verb chosen;
  auto name = std::make_shared<std::string>();
  CLI::App* explain = app.add_subcommand("explain", "what a metric counts, and how it differs from ncu's");
  explain->add_option("METRIC", *name, "our, ncu's or nvprof's name")->required();
  explain->callback([&chosen, name] { chosen = [name] { return explain_metric(*name); }; });
  auto as_json = std::make_shared<bool>(false);
  CLI::App* list = app.add_subcommand("list", "all metrics");
  list->add_flag("--json", *as_json, "as JSON");
  list->callback([&chosen, as_json] { chosen = [as_json] { return list_metrics(*as_json); }; });
  auto files = std::make_shared<std::vector<std::string>>(2);
  auto conditions = std::make_shared<std::vector<std::string>>();
  CLI::App* diff = app.add_subcommand("diff", "compare two JSON reports");
  diff->add_option("A", (*files)[0], "the report before")->required();
  diff->add_option("B", (*files)[1], "the report after")->required();
  diff->add_option("--fail-if", *conditions, "end with exit code 1 where this holds (several: any of them)")
      ->type_name("EXPR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  diff->footer(kDiffHelp);
  diff->callback([&chosen, files, conditions] {
    chosen = [files, conditions] { return diff_reports((*files)[0], (*files)[1], *conditions); };
  });
  auto calibrate = std::make_shared<CalibrateOptions>();
  CLI::App* calibrate_verb = app.add_subcommand("calibrate", "fit a chip's efficiencies to measured times");
  calibrate_verb->add_option("REPORT", calibrate->report, "a JSON report of the same program, with modelled times")
      ->required();
  calibrate_verb
      ->add_option("--measured", calibrate->measured, "CSV: KERNEL,US a line, the mean time of a launch on the chip")
      ->required()
      ->type_name("FILE");
  calibrate_verb->add_option("--chip", calibrate->chip, "the chip to start from (default: the report's)")
      ->type_name("NAME");
  calibrate_verb->add_option("--out", calibrate->out, "the chip file to write (default: stdout)")->type_name("FILE");
  calibrate_verb->footer("The file it writes is a chip: qiao prof --chip mine.toml -- APP");
  calibrate_verb->callback([&chosen, calibrate] { chosen = [calibrate] { return calibrate_chip(*calibrate); }; });
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    const std::string text = error.what();
    return fail(kMisuse, text.substr(0, text.find('\n')) + " (see qiao prof " + words[0] + " --help)");
  }
  return chosen ? chosen() : kMisuse;
}

}  // namespace qiao::cli
