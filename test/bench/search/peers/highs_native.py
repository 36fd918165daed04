"""HiGHS through its Python package, one model after another: a JSON object per line in, one per line out.

Only the solve is timed; the model comes as arrays, so there is nothing to parse. One thread, gap 0.
"""
import json
import sys
import time

import highspy


def solve(request):
    highs = highspy.Highs()
    options = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.0,
        "time_limit": float(request["limit_s"]),
    }
    if "tolerance" in request:
        options["mip_feasibility_tolerance"] = request["tolerance"]
        options["primal_feasibility_tolerance"] = request["tolerance"]
    for name, value in options.items():
        highs.setOptionValue(name, value)
    model = request["model"]
    columns, rows, equal = model["numCols"], model["numRows"], model["equalities"]
    lp = highspy.HighsLp()
    lp.num_col_ = columns
    lp.num_row_ = rows
    lp.col_cost_ = model["colCost"]
    lp.col_lower_ = [0.0] * columns
    lp.col_upper_ = [1.0] * columns
    lp.row_lower_ = [1.0] * equal + [-highspy.kHighsInf] * (rows - equal)
    lp.row_upper_ = model["rowUpper"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = model["starts"]
    lp.a_matrix_.index_ = model["indices"]
    lp.a_matrix_.value_ = model["coefficients"]
    lp.integrality_ = [highspy.HighsVarType.kInteger] * columns
    highs.passModel(lp)
    started = time.perf_counter()
    highs.run()
    seconds = time.perf_counter() - started
    status = highs.getModelStatus()
    info = highs.getInfo()
    values = highs.getSolution().col_value
    names = {highspy.HighsModelStatus.kOptimal: "optimal", highspy.HighsModelStatus.kTimeLimit: "limit", highspy.HighsModelStatus.kInfeasible: "infeasible"}
    return {
        "status": names.get(status, "failed"),
        "ms": seconds * 1000,
        "bound": info.mip_dual_bound,
        "chosen": [c for c, value in enumerate(values) if value > 0.5],
    }


print(json.dumps({"version": highspy.Highs().version()}), flush=True)
for line in sys.stdin:
    answer = solve(json.loads(line))
    if not abs(answer["bound"]) < 1e300:
        del answer["bound"]
    print(json.dumps(answer), flush=True)
