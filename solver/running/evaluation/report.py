def report_html(plan, measures, results, seconds):
    return ""
